//! What services share: networks and volumes. They are there before any container is.

use crate::config_hash::config_hash;
use crate::labels;
use crate::network::Network;
use crate::observed::Container;
use crate::project::Project;
use crate::service::Service;
use crate::volume::NamedVolume;
use infra::{Error, Result, docker};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Makes the networks that the services use. One that was made from another definition is made anew; the containers in it go first.
pub(crate) fn networks(project: &Project, services: &[&Service], observed: &mut BTreeMap<String, Container>) -> Result<()> {
    let used: BTreeSet<&String> = services.iter().flat_map(|service| service.networks.keys()).collect();
    for key in used {
        let Some(network) = project.networks.get(key) else { continue };
        let hash = config_hash(network);
        match docker::inspect_network(&network.name)? {
            None if network.external => return Err(absent("network", &network.name)),
            None => create_network(project, key, network, &hash)?,
            Some(found) if network.external || !differs(&found, &hash) => {}
            Some(_) => {
                infra::info!("making network {} anew: its definition has changed", network.name);
                empty(project, key, observed)?;
                docker::remove_network(&network.name)?;
                create_network(project, key, network, &hash)?;
            }
        }
    }
    Ok(())
}

/// Makes the volumes that the services use. One that was made from another definition is left as it is: it has data.
pub(crate) fn volumes(project: &Project, services: &[&Service]) -> Result<()> {
    let used: BTreeSet<&str> =
        services.iter().flat_map(|service| &service.volumes).filter_map(|mount| mount.named_volume()).collect();
    for key in used {
        let Some(volume) = project.volumes.get(key) else { continue };
        let hash = config_hash(volume);
        match docker::inspect_volume(&volume.name)? {
            None if volume.external => return Err(absent("volume", &volume.name)),
            None => create_volume(project, key, volume, &hash)?,
            Some(found) if !volume.external && differs(&found, &hash) => {
                let message = format!("the volume {} has data and was made from another definition", volume.name);
                return Err(Error::new("conflict", message)
                    .hint(format!("change the definition back, give the volume another `name`, or remove it and its data: `docker volume rm {}`", volume.name)));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Without the label it was made by another version, or by somebody else, and is taken as it is.
fn differs(found: &Value, hash: &str) -> bool {
    found["Labels"][labels::CONFIG_HASH].as_str().is_some_and(|found| found != hash)
}

fn absent(what: &str, name: &str) -> Error {
    Error::new("not-found", format!("the external {what} {name} is not there"))
        .hint(format!("make it first: `docker {what} create {name}`"))
}

fn create_network(project: &Project, key: &str, network: &Network, hash: &str) -> Result<()> {
    infra::info!("creating network {}", network.name);
    let mut body = network.body();
    body["Labels"] = json!(labels::of_shared(&project.name, "network", key, hash, network.labels()));
    docker::create_network(&network.name, &body).map(drop)
}

fn create_volume(project: &Project, key: &str, volume: &NamedVolume, hash: &str) -> Result<()> {
    infra::info!("creating volume {}", volume.name);
    let mut body = volume.body();
    body["Labels"] = json!(labels::of_shared(&project.name, "volume", key, hash, volume.labels()));
    docker::create_volume(&volume.name, &body)
}

/// Removes the containers of the services that join a network; they are made anew later, with the volumes that they had.
fn empty(project: &Project, key: &str, observed: &mut BTreeMap<String, Container>) -> Result<()> {
    for service in project.services.values().filter(|service| service.networks.contains_key(key)) {
        if let Some(container) = observed.remove(&service.name) {
            docker::stop_container(&container.name, None)?;
            docker::remove_container(&container.name, true, false)?;
        }
    }
    Ok(())
}
