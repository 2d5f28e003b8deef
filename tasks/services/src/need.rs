//! What a service's container needs to be as the files say.

use crate::config_hash::config_hash;
use crate::labels;
use crate::observed::Container;
use crate::project::Project;
use crate::service::Service;
use infra::{Result, docker};
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// It runs, or has ended well.
    Nothing,
    Start,
    Create,
    /// The reason.
    Recreate(&'static str),
}

/// A service whose names of other services are replaced by their containers: what its hash is made of, as Compose makes it.
pub(crate) fn resolved(service: &Service, observed: &BTreeMap<String, Container>) -> Service {
    let mut service = service.clone();
    for mode in [&mut service.network_mode, &mut service.ipc, &mut service.pid] {
        let owner = mode.as_deref().and_then(|mode| mode.strip_prefix("service:")).and_then(|name| observed.get(name));
        if let Some(owner) = owner {
            *mode = Some(format!("container:{}", owner.id()));
        }
    }
    service
}

/// `service` is resolved. `ends` says that others wait for its end.
pub(crate) fn need(project: &Project, service: &Service, container: Option<&Container>, ends: bool) -> Result<Need> {
    let Some(container) = container else { return Ok(Need::Create) };
    if container.label(labels::CONFIG_HASH) != config_hash(service) {
        return Ok(Need::Recreate("its definition has changed"));
    }
    if container.name != service.container(&project.name) {
        return Ok(Need::Recreate("its name has changed"));
    }
    let image = docker::inspect_image(&service.image(&project.name))?;
    let image = image.as_ref().and_then(|image| image["Id"].as_str());
    // In a plan the id of an image that would be pulled is not known.
    if image.is_some_and(|image| image != container.label(labels::IMAGE)) {
        return Ok(Need::Recreate("its image has changed"));
    }
    if lacks_network(project, service, container)? {
        return Ok(Need::Recreate("its networks have changed"));
    }
    if lacks_volume(project, service, container) {
        return Ok(Need::Recreate("its volumes have changed"));
    }
    Ok(match container.status() {
        "running" | "restarting" | "paused" => Need::Nothing,
        "exited" if container.ended_well() && (ends || service.may_end()) => Need::Nothing,
        "created" | "exited" => Need::Start,
        _ => Need::Recreate("it is dead"),
    })
}

fn lacks_network(project: &Project, service: &Service, container: &Container) -> Result<bool> {
    let joined = &container.inspection["NetworkSettings"]["Networks"];
    for name in service.networks.keys().map(|name| project.network(name)) {
        let Some(found) = docker::inspect_network(&name)? else { return Ok(true) };
        let id = joined[&name]["NetworkID"].as_str().unwrap_or_default();
        // Only a container that runs has the ids.
        let other = container.is_running() && !id.is_empty() && found["Id"].as_str().is_some_and(|found| found != id);
        if joined.get(&name).is_none() || other {
            return Ok(true);
        }
    }
    Ok(false)
}

fn lacks_volume(project: &Project, service: &Service, container: &Container) -> bool {
    // A container that only a plan knows has no mounts yet.
    let Some(mounts) = container.inspection["Mounts"].as_array() else { return false };
    service.volumes.iter().filter_map(|mount| mount.named_volume()).any(|name| {
        let name = project.volumes.get(name).map_or(name, |volume| volume.name.as_str());
        !mounts.iter().any(|mount| mount["Name"] == name)
    })
}
