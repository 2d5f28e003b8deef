//! Waits for many objects side by side, a progress line for each.

use crate::shown;
use infra::kubernetes::{Cluster, Condition, Target, Waiting};
use infra::ui::{Progress, Unit};
use infra::{Result, Waitable, wait_any};

/// Waits at once.
const AT_ONCE: usize = 100;

struct Watched {
    name: String,
    waiting: Waiting,
    bar: Option<Progress>,
    last: String,
}

/// Waits until all objects are so. The first that will not be ends it.
///
/// # Errors
/// Why waiting is hopeless, or that it took too long.
pub fn watch(cluster: &Cluster, targets: &[Target], until: &Condition, timeout_ms: u64) -> Result<()> {
    for some in targets.chunks(AT_ONCE) {
        let mut watched = vec![];
        for target in some {
            let waiting = cluster.wait(target, until, timeout_ms)?;
            watched.push(Watched { name: shown(target), waiting, bar: None, last: String::new() });
        }
        all(watched, if *until == Condition::Deleted { "gone" } else { "ready" })?;
    }
    Ok(())
}

fn all(mut watched: Vec<Watched>, what: &str) -> Result<()> {
    while !watched.is_empty() {
        let operations: Vec<&dyn Waitable> = watched.iter().map(|one| &one.waiting as &dyn Waitable).collect();
        let mut ready = wait_any(&operations);
        ready.sort_unstable();
        // From the back, so that removing one leaves the indices before it as they are.
        for index in ready.into_iter().rev() {
            if !watched[index].advance()? {
                let done = watched.remove(index);
                if let Some(bar) = done.bar {
                    bar.finish();
                    infra::info!("{} is {what}", done.name);
                }
            }
        }
    }
    Ok(())
}

impl Watched {
    /// Takes one state; whether there is more to come. What is so at once gets no line.
    fn advance(&mut self) -> Result<bool> {
        let Some(state) = self.waiting.next()? else { return Ok(false) };
        let bar = self.bar.get_or_insert_with(|| Progress::bar(&self.name, 0, Unit::Items));
        bar.total(state.total);
        bar.position(state.position);
        bar.label(&format!("{}: {}", self.name, state.message));
        if state.message != self.last {
            infra::debug!("{}: {}", self.name, state.message);
            self.last = state.message;
        }
        Ok(true)
    }
}
