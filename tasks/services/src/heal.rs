//! Makes ill services well: their containers are made anew, with the volumes that they had. Healthy ones are left alone.

use crate::converge::Converge;
use crate::illness::Illness;
use crate::observed::{Container, observe};
use crate::order::order;
use crate::port_check;
use crate::project::Project;
use crate::schedule::Schedule;
use crate::service::Service;
use crate::time;
use infra::docker::{self, ContainerWait};
use infra::ui::Progress;
use infra::{Context, Error, Result, Waitable, wait_any};
use serde_json::json;
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) timeout_ms: u64,
    /// How long a patient is watched after it runs.
    pub(crate) settle_ms: u64,
    pub(crate) resilient: bool,
}

/// Heals the ill ones among the selected services.
///
/// # Errors
/// `failed` where one is still ill at the deadline.
pub(crate) fn heal(project: &Project, selected: &BTreeSet<String>, options: Options) -> Result<()> {
    let observed = observe(project)?;
    let mut converge = Converge::new(project, observed, options.timeout_ms);
    let now = time::now();
    let mut patients: Vec<&Service> = Vec::new();
    for service in order(project, selected) {
        let Some(container) = converge.observed.get(&service.name) else {
            infra::warning!("service {} has no container: `action = \"up\"` makes it", service.name);
            continue;
        };
        match Illness::of(service, container, converge.ends(service), now) {
            None => infra::debug!("{} is well", service.name),
            Some(illness) => {
                infra::warning!("{} {}", service.name, illness.words());
                patients.push(service);
            }
        }
    }
    if patients.is_empty() {
        infra::info!("all services are well");
        return Ok(());
    }
    let taken = port_check::conflicts(&patients, &converge.observed, &BTreeSet::new())?;
    if let Some(error) = port_check::error(&taken) {
        return Err(error);
    }
    converge.forced = patients.iter().map(|service| service.name.clone()).collect();
    Schedule::new(&mut converge, patients.clone(), options.resilient).run()?;
    settle(&converge, &patients, options.settle_ms)
}

/// A container that ends soon after its start, again and again, looks well at the start: it is watched for a while.
fn settle(converge: &Converge<'_>, patients: &[&Service], settle_ms: u64) -> Result<()> {
    if infra::context::planning() {
        return Ok(());
    }
    let watched = patients.iter().filter(|service| !converge.ends(service));
    let mut watching: Vec<(&Service, ContainerWait, Progress)> = Vec::new();
    for service in watched {
        let name = service.container(&converge.project.name);
        let bar = Progress::spinner(&format!("{}: watched", service.name));
        watching.push((service, docker::wait_container(&name, docker::Condition::Ended, settle_ms)?, bar));
    }
    while !watching.is_empty() {
        let operations: Vec<&dyn Waitable> = watching.iter().map(|(_, operation, _)| operation as &dyn Waitable).collect();
        let mut ready = wait_any(&operations);
        ready.sort_unstable();
        for index in ready.into_iter().rev() {
            match watching[index].1.next() {
                Ok(Some(_)) => {}
                // It has ended, or has not until now.
                Ok(None) => drop(watching.remove(index)),
                Err(error) if error.code == "timeout" => drop(watching.remove(index)),
                Err(error) => return Err(error).context(format!("service {}", watching[index].0.name)),
            }
        }
    }
    let mut ill = Vec::new();
    for service in patients {
        let container = Container::inspect(&service.container(&converge.project.name))?;
        let illness = match &container {
            None => Some(Illness::Dead),
            Some(container) => Illness::of(service, container, converge.ends(service), time::now()),
        };
        ill.extend(illness.map(|illness| (service, illness)));
    }
    let told: Vec<String> = ill.iter().map(|(service, illness)| format!("{} {}", service.name, illness.words())).collect();
    match ill.as_slice() {
        [] => Ok(()),
        [(first, _), ..] => {
            let name = first.container(&converge.project.name);
            let names: Vec<&str> = ill.iter().map(|(service, _)| service.name.as_str()).collect();
            Err(Error::failed(format!("still ill: {}", told.join("; ")))
                .hint(format!("`docker logs {name}` shows what it said"))
                .details(json!({ "ill": names })))
        }
    }
}
