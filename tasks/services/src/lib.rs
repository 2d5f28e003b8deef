//! `std/services`: brings Compose files up and down, and looks after what runs.
//!
//! Each service stands in `…/CATEGORY/SERVICE/compose.yaml`. All files are one Compose project. Labels, names and config hashes are those
//! of Docker Compose 2.40.3, so that `docker compose` works on the same project.

mod attachment;
mod build_section;
mod compose_files;
mod config_hash;
mod container;
mod container_mounts;
mod converge;
mod cpus;
mod daemon;
mod depends_on;
mod deploy;
mod device;
mod dotenv;
mod down;
mod duration;
mod environment;
mod extends;
mod extra_host;
mod fields;
mod file_object;
mod file_reference;
mod heal;
mod healthcheck;
mod illness;
mod image_line;
mod interpolate;
mod labels;
mod location;
mod logs;
mod merge;
mod mount;
mod need;
mod network;
mod observed;
mod order;
mod port;
mod port_check;
mod problems;
mod project;
mod project_check;
mod registration;
mod scalar;
mod schedule;
mod selection;
mod service;
mod service_reader;
mod shared;
mod size;
mod start;
mod status;
mod stopping;
mod time;
mod ulimit;
mod up;
mod volume;
mod words;
mod yaml;

use image_line::ImageLine;
use infra::{Error, Grants, Params, Result};
use project::{Project, Source};
use selection::Choice;
use serde_json::{Value, json};
use service::PullPolicy;
use std::collections::{BTreeMap, BTreeSet};

/// What to do with which services.
#[derive(Params)]
struct Services {
    /// What to do. `clean` removes the data too.
    #[param(
        default = "up",
        choices("up", "down", "stop", "start", "restart", "status", "logs", "pull", "build", "clean", "heal")
    )]
    action: String,
    /// Patterns of Compose files. Files in one directory are laid over each other in the order given here.
    #[param(default = vec!["platform/docker/**/compose.yaml".to_owned()])]
    files: Vec<String>,
    /// Lay all files over each other, as `docker compose -f A -f B` does; paths start at the first file's directory.
    #[param(default = false)]
    merged: bool,
    /// The project's name for Compose; else the files' `name`, else the Infrafile's project.
    project: Option<String>,
    /// Only these services. `up` and `start` add what they depend on.
    #[param(default = Vec::<String>::new())]
    services: Vec<String>,
    /// Only the services of this category. `up` and `start` add what they depend on.
    category: Option<String>,
    /// Profiles that take part; `*` is all.
    #[param(default = Vec::<String>::new())]
    profiles: Vec<String>,
    /// Variables for `${NAME}` in the files. They come before those of the `.env` beside the files.
    #[param(default = BTreeMap::<String, String>::new())]
    env: BTreeMap<String, String>,
    /// Carry on with what does not depend on a failure, and tell at the end what is missing.
    #[param(default = false)]
    resilient: bool,
    /// Also remove the containers of services that no file has any more (up, down, clean).
    #[param(default = false)]
    remove_orphans: bool,
    /// How long a service may take to become ready, in seconds.
    #[param(default = 120_u32)]
    timeout: u32,
    /// How long a service may take to stop before it is killed, in seconds.
    stop_timeout: Option<u32>,
    /// How long a healed service is watched, in seconds.
    #[param(default = 5_u32)]
    settle: u32,
    /// Whether a build may use layers of earlier builds.
    #[param(default = true)]
    cache: bool,
    /// Show the logs as they grow (logs).
    #[param(default = false)]
    follow: bool,
    /// Only the last lines (logs).
    tail: Option<u32>,
    /// Only since then: `10m`, `2026-01-31T12:00:00Z` (logs).
    since: Option<String>,
    /// Put the time before each line (logs).
    #[param(default = false)]
    timestamps: bool,
}

/// What the call needs, as far as its arguments tell: what the files ask for besides (a build, a port, a mount) the gate says by name.
fn requires(params: &Services) -> Result<Grants> {
    let verbs: &[&str] = match params.action.as_str() {
        "up" => &["pull", "run", "stop", "remove", "networks", "volumes"],
        "down" => &["stop", "remove", "networks"],
        "clean" => &["stop", "remove", "networks", "clean"],
        "stop" => &["stop"],
        "start" => &["run"],
        "restart" => &["stop", "run"],
        "heal" => &["stop", "remove", "run"],
        "logs" => &["logs"],
        "pull" => &["pull"],
        "build" => &["build"],
        _ => &["inspect"],
    };
    let mut patterns: BTreeSet<String> = params.files.iter().cloned().collect();
    // Beside the files there may be a `.env`.
    patterns.extend(params.files.iter().map(|pattern| match pattern.rsplit_once('/') {
        Some((directory, _)) => format!("{directory}/.env"),
        None => ".env".to_owned(),
    }));
    let grants = Grants::new().docker(json!({ "verbs": verbs }));
    Ok(patterns.iter().fold(grants, |grants, pattern| grants.read(pattern)))
}

/// Brings the services of Compose files up or down, shows how they are and what they say, and heals them.
#[infra::task(requires = requires)]
fn services(params: Services) -> Result<Value> {
    if let Some(name) = params.project.as_deref().filter(|name| !project::is_name(name)) {
        return Err(Error::new("invalid", format!("`{name}` is not a project's name"))
            .hint("it has lower-case letters, digits, `_` and `-`, and starts with a letter or digit"));
    }
    let source = Source { patterns: &params.files, merged: params.merged, env: &params.env, name: params.project.as_deref() };
    let project = Project::load(&source)?;
    let choice = Choice { services: &params.services, category: params.category.as_deref(), profiles: &params.profiles };
    let timeout_ms = u64::from(params.timeout) * 1000;
    let named = choice.named(&project)?;
    let going = down::Options {
        stop_timeout: params.stop_timeout,
        remove_orphans: params.remove_orphans,
        everything: choice.is_everything(),
    };
    match params.action.as_str() {
        "up" => {
            let selected = choice.active(&project)?;
            let options = up::Options {
                timeout_ms,
                resilient: params.resilient,
                cache: params.cache,
                remove_orphans: params.remove_orphans,
            };
            up::up(&project, &selected, options)?;
            return shown(&project, &choice, &selected);
        }
        "start" => {
            let selected = choice.active(&project)?;
            start::start(&project, &selected, timeout_ms)?;
            return shown(&project, &choice, &selected);
        }
        "restart" => start::restart(&project, &active_of(&choice, &project, named.clone()), params.stop_timeout, timeout_ms)?,
        "stop" => down::stop(&project, &named, params.stop_timeout)?,
        "down" => down::down(&project, &named, going)?,
        "clean" => down::clean(&project, &named, going)?,
        "heal" => {
            let settle_ms = u64::from(params.settle) * 1000;
            let options = heal::Options { timeout_ms, settle_ms, resilient: params.resilient };
            heal::heal(&project, &active_of(&choice, &project, named.clone()), options)?;
        }
        "logs" => {
            let options = logs::Options {
                follow: params.follow,
                tail: params.tail,
                since: params.since.as_deref(),
                timestamps: params.timestamps,
            };
            logs::logs(&project, &named, !params.services.is_empty(), &options)?;
            return Ok(Value::Null);
        }
        "pull" => return images(&project, &active_of(&choice, &project, named), &params, false),
        "build" => return images(&project, &active_of(&choice, &project, named), &params, true),
        _ => {}
    }
    shown(&project, &choice, &named)
}

fn shown(project: &Project, choice: &Choice<'_>, selected: &BTreeSet<String>) -> Result<Value> {
    Ok(serde_json::to_value(status::status(project, choice, selected)?)?)
}

/// Without names, only what takes part.
fn active_of(choice: &Choice<'_>, project: &Project, named: BTreeSet<String>) -> BTreeSet<String> {
    let takes_part = |name: &String| {
        choice.services.contains(name) || project.services.get(name).is_some_and(|service| choice.is_active(service))
    };
    named.into_iter().filter(takes_part).collect()
}

/// Pulls or builds the services' images, side by side.
fn images(project: &Project, selected: &BTreeSet<String>, params: &Services, build: bool) -> Result<Value> {
    let mut lines: Vec<ImageLine> = Vec::new();
    for service in order::order(project, selected) {
        let image = service.image(&project.name);
        let concerned = service.build.is_some() == build && (build || service.pull_policy != PullPolicy::Never);
        if concerned && !lines.iter().any(|line| line.image == image) {
            lines.push(if build { ImageLine::build(project, service, params.cache)? } else { ImageLine::pull(&image)? });
        }
    }
    let mut images = image_line::finish_all(lines, params.resilient)?;
    images.sort();
    Ok(images.into_iter().map(|image| json!({ "image": image })).collect())
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod compatibility_tests;
