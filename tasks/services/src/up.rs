//! Brings services up: unchanged ones are left alone, changed ones are made anew alone.

use crate::converge::Converge;
use crate::daemon::daemon_knows;
use crate::image_line::ImageLine;
use crate::need::Need;
use crate::observed::{Container, observe, orphans};
use crate::order::order;
use crate::port_check;
use crate::project::Project;
use crate::schedule::Schedule;
use crate::service::Service;
use crate::shared;
use infra::{Error, Result, docker};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) timeout_ms: u64,
    pub(crate) resilient: bool,
    pub(crate) cache: bool,
    pub(crate) remove_orphans: bool,
}

/// Starts the selected services and waits until all are ready.
pub(crate) fn up(project: &Project, selected: &BTreeSet<String>, options: Options) -> Result<()> {
    let services = order(project, selected);
    let observed = observe(project)?;
    if options.remove_orphans {
        remove_orphans(project, &observed)?;
    }
    for service in &services {
        daemon_knows(service)?;
    }
    let mut converge = Converge::new(project, observed, options.timeout_ms);
    let taken = taken_ports(&converge, &services)?;
    if let Some(error) = port_check::error(&taken).filter(|_| !options.resilient) {
        return Err(error);
    }
    shared::networks(project, &services, &mut converge.observed)?;
    shared::volumes(project, &services)?;
    let mut schedule = Schedule::new(&mut converge, services.clone(), options.resilient);
    for conflict in &taken {
        schedule.miss(conflict.service, Error::new("conflict", conflict.told()))?;
    }
    for service in services {
        if schedule.is_missing(service) || schedule.has_image(&service.image(&project.name)) {
            continue;
        }
        match ImageLine::for_up(project, service, options.cache) {
            Ok(line) => line.into_iter().for_each(|line| schedule.image(line)),
            Err(error) => schedule.miss(service, error)?,
        }
    }
    schedule.run()
}

/// Conflicts of the services whose container is going to be made or started.
fn taken_ports<'a>(converge: &Converge<'a>, services: &[&'a Service]) -> Result<Vec<port_check::Conflict<'a>>> {
    let (mut starting, mut going) = (Vec::new(), BTreeSet::new());
    for service in services {
        match converge.need(service)? {
            Need::Nothing => {}
            Need::Recreate(_) => {
                going.extend(converge.observed.get(&service.name).map(|container| container.name.as_str()));
                starting.push(*service);
            }
            Need::Start | Need::Create => starting.push(*service),
        }
    }
    port_check::conflicts(&starting, &converge.observed, &going)
}

/// Removes the containers of services that no file has any more.
pub(crate) fn remove_orphans(project: &Project, observed: &BTreeMap<String, Container>) -> Result<()> {
    for container in orphans(project, observed) {
        infra::info!("removing {}: no file has its service", container.name);
        if container.is_running() {
            docker::stop_container(&container.name, None)?;
        }
        docker::remove_container(&container.name, true, true)?;
    }
    Ok(())
}
