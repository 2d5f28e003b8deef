//! Starts services whose containers are there, as they are.

use crate::converge::{Converge, Waiting};
use crate::down::stop;
use crate::observed::{existing, observe};
use crate::order::order;
use crate::port_check;
use crate::project::Project;
use crate::service::Service;
use infra::ui::Progress;
use infra::{Context, Result, docker};
use std::collections::BTreeSet;

/// Starts the selected services, each when those that it depends on are ready, and waits until all are.
pub(crate) fn start(project: &Project, selected: &BTreeSet<String>, timeout_ms: u64) -> Result<()> {
    let services = order(project, selected);
    let observed = observe(project)?;
    let mut starting = Vec::new();
    for service in &services {
        if !existing(&observed, service)?.is_running() {
            starting.push(*service);
        }
    }
    let taken = port_check::conflicts(&starting, &observed, &BTreeSet::new())?;
    if let Some(error) = port_check::error(&taken) {
        return Err(error);
    }
    let converge = Converge::new(project, observed, timeout_ms);
    let mut waiting: Vec<(&Service, Waiting)> = Vec::new();
    for service in services {
        // Those that it depends on are ready first; the others are waited for side by side, at the end.
        let (needed, others): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|(other, _)| service.depends_on.iter().any(|dependency| dependency.service == other.name));
        waiting = others;
        for (other, wait) in needed {
            finish(&converge, other, wait)?;
        }
        let container = existing(&converge.observed, service)?;
        let done = container.ended_well() && (converge.ends(service) || service.registration.one_off == Some(true));
        if done {
            continue;
        }
        let bar = Progress::spinner(&format!("{}: start", service.name));
        if !container.is_running() {
            infra::info!("starting {}", container.name);
            docker::start_container(&container.name)?;
        }
        waiting.push((service, converge.wait(service, bar)?));
    }
    for (service, wait) in waiting {
        finish(&converge, service, wait)?;
    }
    Ok(())
}

fn finish(converge: &Converge<'_>, service: &Service, wait: Waiting) -> Result<()> {
    loop {
        match wait.operation.next() {
            Ok(Some(state)) => wait.bar.label(&format!("{}: {}", service.name, state.health.unwrap_or(state.status))),
            Ok(None) => break,
            Err(_) if converge.is_done(service)? => break,
            Err(error) => return Err(error).context(format!("service {}", service.name)),
        }
    }
    wait.bar.finish();
    converge.check(service)
}

/// Stops the selected services and starts them again.
pub(crate) fn restart(project: &Project, selected: &BTreeSet<String>, stop_timeout: Option<u32>, timeout_ms: u64) -> Result<()> {
    let observed = observe(project)?;
    for service in order(project, selected) {
        existing(&observed, service)?;
    }
    stop(project, selected, stop_timeout)?;
    start(project, selected, timeout_ms)
}
