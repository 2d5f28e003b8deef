use infra_infrafile::{Diagnostic, Task};

/// How many calls of tasks a plan may come to. A few tasks that each call the next one twice with other values are past it.
const CALLS: usize = 50_000;
/// How deep tasks may call tasks.
const DEPTH: usize = 200;

/// Keeps a small Infrafile from making a plan without end.
#[derive(Debug, Default)]
pub(crate) struct Bounds {
    calls: usize,
    depth: usize,
}

impl Bounds {
    /// A task is expanded. Past a bound it is not; that is told once.
    pub(crate) fn enter(&mut self, task: &Task) -> Result<(), Option<Diagnostic>> {
        if self.calls >= CALLS {
            return Err(None);
        }
        self.calls += 1;
        let problem = if self.calls == CALLS {
            format!("the plan comes to more than {CALLS} calls of tasks")
        } else if self.depth == DEPTH {
            // The rest would tell the same again and again.
            self.calls = CALLS;
            format!("tasks call each other more than {DEPTH} deep")
        } else {
            self.depth += 1;
            return Ok(());
        };
        Err(Some(Diagnostic::at(&task.at, problem, "here").help("put more of the work into the tasks themselves")))
    }

    pub(crate) const fn leave(&mut self) {
        self.depth -= 1;
    }
}
