//! Ports that somebody else holds are found before anything starts.

use crate::observed::Container;
use crate::port::Port;
use crate::service::Service;
use infra::docker::{self, PortHolder};
use infra::{Error, Result};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// A port that a service cannot have.
#[derive(Debug)]
pub(crate) struct Conflict<'a> {
    pub(crate) service: &'a Service,
    port: &'a Port,
    holder: PortHolder,
}

/// The ports of the services that are not to be had. `going` are the containers that are removed before, or that hold them for these services.
pub(crate) fn conflicts<'a>(
    services: &[&'a Service],
    observed: &BTreeMap<String, Container>,
    going: &BTreeSet<&str>,
) -> Result<Vec<Conflict<'a>>> {
    let mut found = Vec::new();
    for service in services {
        let own = observed.get(&service.name).map(|container| container.name.as_str());
        for port in &service.ports {
            let Some(number) = port.fixed() else { continue };
            let Some(holder) = docker::find_port_holder(&port.host_ip, number, &port.protocol)? else { continue };
            let ours = holder.container.as_deref().is_some_and(|name| own == Some(name) || going.contains(name));
            if !ours {
                found.push(Conflict { service, port, holder });
            }
        }
    }
    Ok(found)
}

impl Conflict<'_> {
    /// In a sentence.
    pub(crate) fn told(&self) -> String {
        let port = self.port.fixed().unwrap_or_default();
        let address = if self.port.host_ip.is_empty() { "0.0.0.0" } else { &self.port.host_ip };
        let who = match (&self.holder.container, self.holder.what.as_str()) {
            (Some(container), "") => format!("the container `{container}` publishes it"),
            (Some(container), image) => format!("the container `{container}` ({image}) publishes it"),
            (None, "") => "a program of this machine listens on it".to_owned(),
            (None, program) => format!("{program} listens on it"),
        };
        format!("{}: service {} cannot have port {address}:{port}: {who}", self.port.place, self.service.name)
    }

    fn hint(&self) -> String {
        match &self.holder.container {
            Some(container) => format!("stop it (`docker stop {container}`), or publish another port"),
            None => "stop it, or publish another port".to_owned(),
        }
    }
}

/// One error for all of them.
pub(crate) fn error(conflicts: &[Conflict<'_>]) -> Option<Error> {
    let first = conflicts.first()?;
    let message = match conflicts {
        [only] => only.told(),
        several => {
            let told: Vec<String> = several.iter().map(|conflict| format!("\n  {}", conflict.told())).collect();
            format!("{} ports are taken; nothing was started:{}", several.len(), told.concat())
        }
    };
    let details: Vec<_> = conflicts
        .iter()
        .map(|conflict| {
            json!({ "service": conflict.service.name, "port": conflict.port.fixed(), "container": conflict.holder.container,
                "what": conflict.holder.what })
        })
        .collect();
    Some(Error::new("conflict", message).hint(first.hint()).details(json!(details)))
}
