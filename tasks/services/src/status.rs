//! How the services are.

use crate::project::Project;
use infra::Result;
use infra::docker;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// One service in the deployment's state.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Status {
    pub(crate) service: String,
    pub(crate) category: String,
    /// `running`, `stopped`, `error` or `pending`.
    pub(crate) status: &'static str,
    /// `healthy`, `unhealthy` or `unknown`.
    pub(crate) health: &'static str,
    pub(crate) image: String,
    pub(crate) ports: String,
    /// RFC 3339; empty where there is no container.
    pub(crate) last_updated: String,
}

/// The selected services in order.
pub(crate) fn status(project: &Project, selected: &BTreeSet<String>) -> Result<Vec<Status>> {
    let services = project.order(selected)?;
    services
        .into_iter()
        .map(|service| {
            let found = docker::inspect_container(&service.container(&project.name))?.unwrap_or_default();
            let ports = service.ports.iter().filter_map(|port| {
                let address = if port.address.is_empty() { "0.0.0.0" } else { &port.address };
                Some(format!("{address}:{}", port.published.as_ref()?))
            });
            Ok(Status {
                service: service.name.clone(),
                category: service.category.clone(),
                status: state(&found),
                health: health(&found),
                image: service.image.clone(),
                ports: ports.collect::<Vec<_>>().join(" "),
                last_updated: found["State"]["StartedAt"].as_str().unwrap_or_default().to_owned(),
            })
        })
        .collect()
}

fn state(found: &Value) -> &'static str {
    match found["State"]["Status"].as_str() {
        Some("running" | "paused") => "running",
        Some("created" | "restarting") => "pending",
        Some("exited") if found["State"]["ExitCode"] == 0 => "stopped",
        Some(_) => "error",
        None => "stopped",
    }
}

fn health(found: &Value) -> &'static str {
    match (found["State"]["Health"]["Status"].as_str(), found["State"]["Status"].as_str()) {
        (Some("healthy"), Some("running")) => "healthy",
        (Some("unhealthy"), _) => "unhealthy",
        _ => "unknown",
    }
}
