//! Brings services up: unchanged ones are left alone, changed ones recreated, in the order of their dependencies.

use crate::container::{CONFIG_LABEL, PROJECT_LABEL, body};
use crate::project::Project;
use crate::service::{Condition, Service};
use infra::docker::{self, ContainerWait};
use infra::ui::Progress;
use infra::{Context, Error, Result, Waitable, wait_any};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Where a service stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Pending,
    Started,
    /// Healthy, or ended with 0 where that is waited for.
    Ready,
}

struct Waiting<'a> {
    service: &'a Service,
    operation: ContainerWait,
    bar: Progress,
}

/// Starts the selected services and waits until all are ready.
pub(crate) fn up(project: &Project, selected: &BTreeSet<String>, timeout_ms: u64) -> Result<()> {
    let ordered = project.order(selected)?;
    create_networks(project, &ordered)?;
    create_volumes(project, &ordered)?;
    docker::pull_missing_images(ordered.iter().map(|service| service.image.as_str()))?;
    let completing = completing(&ordered);
    let mut stages: BTreeMap<&str, Stage> = ordered.iter().map(|service| (service.name.as_str(), Stage::Pending)).collect();
    let mut waiting: Vec<Waiting<'_>> = Vec::new();
    loop {
        for service in &ordered {
            if stages[service.name.as_str()] == Stage::Pending && may_start(service, &stages) {
                let wait = start(project, service, completing.contains(service.name.as_str()), timeout_ms)?;
                stages.insert(&service.name, Stage::Started);
                waiting.push(wait);
            }
        }
        if waiting.is_empty() {
            return Ok(());
        }
        let operations: Vec<&dyn Waitable> = waiting.iter().map(|wait| &wait.operation as &dyn Waitable).collect();
        let mut ready = wait_any(&operations);
        ready.sort_unstable();
        for index in ready.into_iter().rev() {
            let wait = &waiting[index];
            let name = &wait.service.name;
            match wait.operation.next().context(format!("service {name}"))? {
                Some(state) => wait.bar.label(&format!("{name}: {}", state.health.unwrap_or(state.status))),
                None => {
                    if completing.contains(name.as_str()) {
                        check_completed(project, wait.service)?;
                    }
                    stages.insert(&wait.service.name, Stage::Ready);
                    waiting.remove(index).bar.finish();
                }
            }
        }
    }
}

/// The services that others wait for to complete: they end, and are ready then.
fn completing<'a>(services: &[&'a Service]) -> BTreeSet<&'a str> {
    let dependencies = services.iter().flat_map(|service| &service.depends_on);
    dependencies.filter(|(_, condition)| *condition == Condition::CompletedSuccessfully).map(|(name, _)| name.as_str()).collect()
}

fn may_start(service: &Service, stages: &BTreeMap<&str, Stage>) -> bool {
    service.depends_on.iter().all(|(name, condition)| {
        let wanted = if *condition == Condition::Started { Stage::Started } else { Stage::Ready };
        stages.get(name.as_str()).is_none_or(|stage| *stage >= wanted)
    })
}

fn start<'a>(project: &Project, service: &'a Service, completes: bool, timeout_ms: u64) -> Result<Waiting<'a>> {
    let name = service.container(&project.name);
    let bar = Progress::spinner(&format!("{}: starting", service.name));
    let body = body(project, service)?;
    match docker::inspect_container(&name)? {
        Some(found) if unchanged(&found, &body)? => {
            let state = found["State"]["Status"].as_str().unwrap_or_default();
            let done = completes && state == "exited" && found["State"]["ExitCode"] == 0;
            if state != "running" && !done {
                infra::info!("starting {name}");
                docker::start_container(&name)?;
            }
        }
        Some(_) => {
            infra::info!("recreating {name}: its definition or its image has changed");
            docker::stop_container(&name, None)?;
            docker::remove_container(&name, true, false)?;
            create(&name, &body)?;
        }
        None => {
            infra::info!("creating {name} from {}", service.image);
            create(&name, &body)?;
        }
    }
    let condition = if completes { docker::Condition::Ended } else { docker::Condition::Healthy };
    let operation = docker::wait_container(&name, condition, timeout_ms)?;
    Ok(Waiting { service, operation, bar })
}

fn create(name: &str, body: &Value) -> Result<()> {
    docker::create_container(name, body)?;
    docker::start_container(name)
}

/// Unchanged is a container that was made from the same body, of the image that the name stands for now.
fn unchanged(found: &Value, body: &Value) -> Result<bool> {
    if found["Config"]["Labels"][CONFIG_LABEL] != body["Labels"][CONFIG_LABEL] {
        return Ok(false);
    }
    let image = docker::inspect_image(body["Image"].as_str().unwrap_or_default())?;
    // A container that only a plan knows has no image id yet.
    Ok(found["Image"].is_null() || image.is_none_or(|image| image["Id"] == found["Image"]))
}

fn check_completed(project: &Project, service: &Service) -> Result<()> {
    let name = service.container(&project.name);
    let code = docker::inspect_container(&name)?.map(|found| found["State"]["ExitCode"].as_i64().unwrap_or(0)).unwrap_or(0);
    if code == 0 {
        return Ok(());
    }
    Err(Error::failed(format!("service {} ended with exit code {code}", service.name)).details(json!({ "exit_code": code })))
}

fn create_networks(project: &Project, services: &[&Service]) -> Result<()> {
    let default = ["default".to_owned()];
    let used: BTreeSet<&String> = services
        .iter()
        .flat_map(|service| if service.networks.is_empty() { default.iter() } else { service.networks.iter() })
        .filter_map(|name| project.networks.get(name))
        .collect();
    for name in used {
        if docker::inspect_network(name)?.is_none() {
            infra::info!("creating network {name}");
            docker::create_network(name, &json!({ "Driver": "bridge", "Labels": { PROJECT_LABEL: project.name } }))?;
        }
    }
    Ok(())
}

fn create_volumes(project: &Project, services: &[&Service]) -> Result<()> {
    let used: BTreeSet<&String> = services
        .iter()
        .flat_map(|service| &service.volumes)
        .filter_map(|mount| project.volumes.get(mount.source.as_ref()?))
        .collect();
    for name in used {
        if docker::inspect_volume(name)?.is_none() {
            infra::info!("creating volume {name}");
            docker::create_volume(name, &json!({ "Labels": { PROJECT_LABEL: project.name } }))?;
        }
    }
    Ok(())
}
