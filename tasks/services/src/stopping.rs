//! Stops containers: those that others depend on after them, and the rest side by side.

use crate::observed::Container;
use crate::order::order;
use crate::project::Project;
use crate::service::Service;
use infra::docker::{self, ContainerWait};
use infra::ui::Progress;
use infra::{Context, Result, Waitable, wait_any};
use std::collections::{BTreeMap, BTreeSet};

/// Stops the selected services' containers. `then` is called for each as soon as it has stopped, or did not run.
pub(crate) fn stop_all(
    project: &Project,
    selected: &BTreeSet<String>,
    observed: &BTreeMap<String, Container>,
    stop_timeout: Option<u32>,
    mut then: impl FnMut(&Container) -> Result<()>,
) -> Result<()> {
    let mut left: Vec<(&Service, &Container)> =
        order(project, selected).into_iter().rev().filter_map(|service| Some((service, observed.get(&service.name)?))).collect();
    let mut stopping: Vec<(&Service, &Container, ContainerWait, Progress)> = Vec::new();
    while !left.is_empty() || !stopping.is_empty() {
        let needed = |name: &str| {
            let waits = |service: &Service| service.depends_on.iter().any(|dependency| dependency.service == name);
            left.iter().any(|(other, _)| waits(other)) || stopping.iter().any(|(other, ..)| waits(other))
        };
        let (later, now): (Vec<_>, Vec<_>) = left.iter().partition(|(service, _)| needed(&service.name));
        left = later;
        for (service, container) in now {
            if !container.is_running() {
                then(container)?;
                continue;
            }
            infra::info!("stopping {}", container.name);
            let bar = Progress::spinner(&format!("{}: stop", service.name));
            stopping.push((service, container, docker::begin_stop(&container.name, stop_timeout)?, bar));
        }
        let operations: Vec<&dyn Waitable> = stopping.iter().map(|(_, _, operation, _)| operation as &dyn Waitable).collect();
        let mut ready = wait_any(&operations);
        ready.sort_unstable();
        // From the back, so that removing one leaves the indices before it as they are.
        for index in ready.into_iter().rev() {
            let (service, container, operation, _) = &stopping[index];
            if operation.next().context(format!("service {}", service.name))?.is_none() {
                let container = *container;
                stopping.remove(index).3.finish();
                then(container)?;
            }
        }
    }
    Ok(())
}
