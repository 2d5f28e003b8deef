//! Takes services down, stops them and removes their data: those that depend on others first.

use crate::observed::{Container, observe, orphans};
use crate::project::Project;
use crate::service::Service;
use crate::stopping::stop_all;
use crate::up::remove_orphans;
use infra::{Result, docker};
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// How long a container may take to stop, in seconds; else as long as its service says.
    pub(crate) stop_timeout: Option<u32>,
    pub(crate) remove_orphans: bool,
    /// Whether all services of the files go, and with them what they share.
    pub(crate) everything: bool,
}

/// Stops the selected services. Their containers stay.
pub(crate) fn stop(project: &Project, selected: &BTreeSet<String>, stop_timeout: Option<u32>) -> Result<()> {
    let observed = observe(project)?;
    stop_all(project, selected, &observed, stop_timeout, |_| Ok(()))
}

/// Stops and removes the selected services, and the networks when all services go. Volumes with a name stay.
pub(crate) fn down(project: &Project, selected: &BTreeSet<String>, options: Options) -> Result<()> {
    let observed = observe(project)?;
    stop_all(project, selected, &observed, options.stop_timeout, |container| {
        docker::remove_container(&container.name, true, true)?;
        infra::info!("removed {}", container.name);
        Ok(())
    })?;
    if !options.everything {
        return Ok(());
    }
    if options.remove_orphans {
        remove_orphans(project, &observed)?;
    }
    let staying: Vec<&Container> = if options.remove_orphans { vec![] } else { orphans(project, &observed).collect() };
    for network in project.networks.values().filter(|network| !network.external) {
        if let Some(other) = staying.iter().find(|container| joins(container, &network.name)) {
            infra::warning!("network {} stays: {} is in it, whose service no file has", network.name, other.name);
        } else if docker::inspect_network(&network.name)?.is_some() {
            docker::remove_network(&network.name)?;
            infra::info!("removed network {}", network.name);
        }
    }
    Ok(())
}

fn joins(container: &Container, network: &str) -> bool {
    container.inspection["NetworkSettings"]["Networks"].get(network).is_some()
}

/// Takes the selected services down, and removes their volumes and all data in them. Volumes that other services use, and external ones,
/// stay.
pub(crate) fn clean(project: &Project, selected: &BTreeSet<String>, options: Options) -> Result<()> {
    down(project, selected, options)?;
    let used = |service: &Service| -> Vec<String> {
        service.volumes.iter().filter_map(|mount| mount.named_volume()).map(str::to_owned).collect()
    };
    let (going, staying): (Vec<&Service>, Vec<&Service>) =
        project.services.values().partition(|service| selected.contains(&service.name));
    let kept: BTreeSet<String> = staying.into_iter().flat_map(used).collect();
    let mut gone: BTreeSet<String> = going.into_iter().flat_map(used).collect();
    if options.everything {
        gone.extend(project.volumes.keys().cloned());
    }
    for volume in gone.difference(&kept).filter_map(|name| project.volumes.get(name)).filter(|volume| !volume.external) {
        if docker::inspect_volume(&volume.name)?.is_some() {
            docker::remove_volume(&volume.name)?;
            infra::info!("removed volume {} and its data", volume.name);
        }
    }
    Ok(())
}
