//! `std/services`: brings Compose files up and down.
//!
//! Each service stands in `…/CATEGORY/SERVICE/compose.yaml`. All files are one Compose project, named as the project of the Infrafile.

mod container;
mod down;
mod duration;
mod interpolate;
mod project;
mod service;
mod status;
mod up;
mod yaml;

use infra::{Grants, Params, Result};
use project::Project;
use std::collections::BTreeMap;

/// What to do with which services.
#[derive(Params)]
struct Services {
    /// What to do.
    #[param(default = "up", choices("up", "down", "status"))]
    action: String,
    /// Patterns of Compose files.
    #[param(default = vec!["platform/docker/**/compose.yaml".to_owned()])]
    files: Vec<String>,
    /// Only these services, and what they depend on.
    #[param(default = Vec::<String>::new())]
    services: Vec<String>,
    /// Only the services of this category, and what they depend on.
    category: Option<String>,
    /// Variables for `${NAME}` in the files.
    #[param(default = BTreeMap::<String, String>::new())]
    env: BTreeMap<String, String>,
    /// How long a service may take to become ready, in seconds.
    #[param(default = 120_u32)]
    timeout: u32,
    /// How long a service may take to stop before it is killed, in seconds.
    stop_timeout: Option<u32>,
}

fn requires(params: &Services) -> Result<Grants> {
    let verbs: &[&str] = match params.action.as_str() {
        "up" => &["pull", "run", "stop", "remove", "networks", "volumes"],
        "down" => &["stop", "remove", "networks"],
        _ => &["inspect"],
    };
    let grants = Grants::new().docker(serde_json::json!({ "verbs": verbs }));
    Ok(params.files.iter().fold(grants, |grants, pattern| grants.read(pattern)))
}

/// Brings the services of Compose files up or down, or tells how they are.
#[infra::task(requires = requires)]
fn services(params: Services) -> Result<Vec<status::Status>> {
    let project = Project::load(&infra::context::project(), &params.files, &params.env)?;
    let selected = project.select(&params.services, params.category.as_deref())?;
    match params.action.as_str() {
        "up" => up::up(&project, &selected, u64::from(params.timeout) * 1000)?,
        "down" => down::down(&project, &selected, params.stop_timeout)?,
        _ => {}
    }
    status::status(&project, &selected)
}

#[cfg(test)]
mod tests;
