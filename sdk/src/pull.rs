use crate::docker::{self, ImagePull};
use crate::ui::{Progress, Unit};
use crate::{Context, Result, Waitable, wait_any};
use std::collections::{BTreeMap, BTreeSet};

/// Pulls the images that the daemon does not have, side by side, each with a progress line. Returns the names that were pulled.
///
/// # Errors
/// What the first pull that fails says; the others stop.
pub fn pull_missing_images<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Vec<&'a str>> {
    let names: BTreeSet<&str> = names.into_iter().collect();
    let mut pulled = Vec::new();
    let mut pulls = Vec::new();
    for name in names {
        if docker::inspect_image(name)?.is_none() {
            let bar = Progress::bar(&format!("pull {name}"), 0, Unit::Bytes);
            bar.total(None);
            pulls.push(Pull { name, operation: docker::pull_image(name)?, bar, layers: BTreeMap::new() });
        }
    }
    while !pulls.is_empty() {
        let waiting: Vec<&dyn Waitable> = pulls.iter().map(|pull| &pull.operation as &dyn Waitable).collect();
        let mut ready = wait_any(&waiting);
        ready.sort_unstable();
        // From the back, so that removing one leaves the indices before it as they are.
        for index in ready.into_iter().rev() {
            let name = pulls[index].name;
            if !pulls[index].advance().context(format!("pull {name}"))? {
                pulls.remove(index).bar.finish();
                crate::info!("pulled {name}");
                pulled.push(name);
            }
        }
    }
    Ok(pulled)
}

struct Pull<'a> {
    name: &'a str,
    operation: ImagePull,
    bar: Progress,
    /// Bytes got and bytes wanted, by layer.
    layers: BTreeMap<String, (u64, u64)>,
}

impl Pull<'_> {
    /// Takes one piece of progress; whether there is more to come.
    fn advance(&mut self) -> Result<bool> {
        let Some(progress) = self.operation.next()? else { return Ok(false) };
        if progress.layer.is_empty() {
            self.bar.label(&format!("pull {}: {}", self.name, progress.status));
        }
        if let Some(total) = progress.total
            && progress.status == "Downloading"
        {
            self.layers.insert(progress.layer, (progress.position, total));
            let (got, wanted) =
                self.layers.values().fold((0, 0), |(got, wanted), (position, total)| (got + position, wanted + total));
            self.bar.total(Some(wanted));
            self.bar.position(got);
        }
        Ok(true)
    }
}
