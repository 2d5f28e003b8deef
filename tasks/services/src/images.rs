//! The images that services need: pulled side by side, each with its own progress line.

use crate::service::Service;
use infra::docker::{self, ImagePull};
use infra::ui::Progress;
use infra::{Result, Waitable, wait_any};
use std::collections::{BTreeMap, BTreeSet};

/// Pulls what the daemon does not have; whether anything was pulled.
pub(crate) fn ensure(services: &[&Service]) -> Result<bool> {
    let names: BTreeSet<&str> = services.iter().map(|service| service.image.as_str()).collect();
    let mut pulls = Vec::new();
    for name in names {
        if docker::inspect_image(name)?.is_none() {
            pulls.push(Pull { operation: docker::pull_image(name)?, bar: Progress::spinner(&format!("pull {name}")), layers: BTreeMap::new() });
        }
    }
    let changed = !pulls.is_empty();
    while !pulls.is_empty() {
        let waiting: Vec<&dyn Waitable> = pulls.iter().map(|pull| &pull.operation as &dyn Waitable).collect();
        let mut ready = wait_any(&waiting);
        ready.sort_unstable();
        for index in ready.into_iter().rev() {
            if !pulls[index].advance()? {
                pulls.remove(index).bar.finish();
            }
        }
    }
    Ok(changed)
}

struct Pull {
    operation: ImagePull,
    bar: Progress,
    /// Bytes got and bytes wanted, by layer.
    layers: BTreeMap<String, (u64, u64)>,
}

impl Pull {
    /// Takes one piece of progress; whether there is more to come.
    fn advance(&mut self) -> Result<bool> {
        let Some(progress) = self.operation.next()? else { return Ok(false) };
        if let Some(total) = progress.total
            && progress.status == "Downloading"
        {
            self.layers.insert(progress.layer, (progress.position, total));
            let (got, wanted) = self.layers.values().fold((0, 0), |(got, wanted), (position, total)| (got + position, wanted + total));
            self.bar.total(Some(wanted));
            self.bar.position(got);
        }
        Ok(true)
    }
}

