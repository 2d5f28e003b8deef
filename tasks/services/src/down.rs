//! Takes services down: those that depend on others first. Volumes and their data stay.

use crate::project::Project;
use infra::Result;
use infra::docker;
use std::collections::BTreeSet;

/// Stops and removes the selected services, and the networks when all services go.
pub(crate) fn down(project: &Project, selected: &BTreeSet<String>, stop_timeout_s: Option<u32>) -> Result<()> {
    for service in project.order(selected)?.into_iter().rev() {
        let name = service.container(&project.name);
        if let Some(found) = docker::inspect_container(&name)? {
            if found["State"]["Status"] == "running" {
                infra::info!("stopping {name}");
                docker::stop_container(&name, stop_timeout_s)?;
            }
            docker::remove_container(&name, true, true)?;
            infra::info!("removed {name}");
        }
    }
    if selected.len() == project.services.len() {
        for name in project.networks.values() {
            if docker::inspect_network(name)?.is_some() {
                docker::remove_network(name)?;
            }
        }
    }
    Ok(())
}
