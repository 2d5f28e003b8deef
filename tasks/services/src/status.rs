//! How the services are: the state of the deployment.

use crate::observed::{Container, observe};
use crate::order::order;
use crate::project::Project;
use crate::selection::Choice;
use crate::service::Service;
use infra::Result;
use serde::Serialize;
use std::collections::BTreeSet;

/// The deployment on this platform.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(crate) struct Deployment {
    pub(crate) platform: &'static str,
    pub(crate) project: String,
    pub(crate) services: Vec<Status>,
}

/// One service.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Status {
    pub(crate) name: String,
    pub(crate) category: String,
    /// `running`, `stopped`, `error`, `pending`; a one-off service that ended with 0 is `done`; one that takes no part is `disabled`.
    pub(crate) status: &'static str,
    /// `healthy`, `unhealthy` or `unknown`.
    pub(crate) health: &'static str,
    pub(crate) enabled: bool,
    pub(crate) required: bool,
    /// That the container was made from; else the one that it would be made from.
    pub(crate) image: String,
    pub(crate) ports: String,
    pub(crate) profiles: String,
    /// RFC 3339; empty where there is no container.
    pub(crate) last_updated: String,
    pub(crate) description: String,
}

/// The selected services in order.
pub(crate) fn status(project: &Project, choice: &Choice<'_>, selected: &BTreeSet<String>) -> Result<Deployment> {
    let observed = observe(project)?;
    let one = |service: &&Service| {
        let container = observed.get(&service.name);
        let ends = project.services.values().any(|other| other.waits_for_end_of(&service.name));
        let active = choice.is_active(service);
        let ports: Vec<String> = service
            .ports
            .iter()
            .filter_map(|port| {
                let address = if port.host_ip.is_empty() { "0.0.0.0" } else { &port.host_ip };
                Some(format!("{address}:{}", port.published.as_ref()?))
            })
            .collect();
        Status {
            name: service.name.clone(),
            category: service.category.clone(),
            status: state(container, ends || service.may_end(), active),
            health: container.map_or("unknown", health),
            enabled: active,
            required: service.registration.required,
            image: container.map(Container::image).unwrap_or_else(|| service.image(&project.name)),
            ports: ports.join(" "),
            profiles: service.profiles.join(" "),
            last_updated: container.map(Container::last_update).unwrap_or_default(),
            description: service.registration.description.clone(),
        }
    };
    let services: Vec<Status> = order(project, selected).iter().map(one).collect();
    let width = services.iter().map(|service| service.name.chars().count()).max().unwrap_or(0);
    for service in &services {
        infra::info!("{:<width$} {} ({})", service.name, service.status, service.health);
    }
    Ok(Deployment { platform: "docker", project: project.name.clone(), services })
}

fn state(container: Option<&Container>, may_end: bool, active: bool) -> &'static str {
    match container {
        None if active => "stopped",
        None => "disabled",
        Some(container) => match container.status() {
            "running" | "paused" => "running",
            "created" | "restarting" => "pending",
            "exited" if container.exit_code() == 0 && may_end => "done",
            // 143 and 137 are the ends of a program that was told to stop.
            "exited" if matches!(container.exit_code(), 0 | 137 | 143) => "stopped",
            _ => "error",
        },
    }
}

fn health(container: &Container) -> &'static str {
    match (container.health(), container.status()) {
        ("healthy", "running") => "healthy",
        ("unhealthy", _) => "unhealthy",
        _ => "unknown",
    }
}
