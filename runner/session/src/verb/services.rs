use super::{block_on, print};
use crate::Global;
use crate::directories::Directories;
use crate::error::{SessionError, end};
use crate::{project, rooms};
use infra_event::ExitCode;
use serde_json::Value as Json;

/// Lists the project's containers.
#[must_use]
pub fn services(global: &Global, json: bool) -> ExitCode {
    end(global, block_on(show(global, json)))
}

async fn show(global: &Global, as_json: bool) -> Result<ExitCode, SessionError> {
    let infrafile = project::load(global, vec![])?;
    let host = rooms::open(&infrafile, &Directories::find()?, 1)?;
    let containers = host.world().docker.project_containers(&infrafile.project).await?;
    let rows: Vec<Json> = containers.iter().map(|container| serde_json::to_value(container).unwrap_or_default()).collect();
    if as_json {
        print(&serde_json::to_string_pretty(&rows).unwrap_or_default());
    } else if rows.is_empty() {
        print("Nothing of this project runs.");
    } else if let Some(text) = infra_report::output(&Json::Array(rows), &global.result_style()) {
        print(&text);
    }
    Ok(ExitCode::Done)
}

/// Stops containers of the project.
#[must_use]
pub fn stop_services(global: &Global, names: &[String]) -> ExitCode {
    end(global, block_on(stop(global, names)))
}

async fn stop(global: &Global, names: &[String]) -> Result<ExitCode, SessionError> {
    let infrafile = project::load(global, vec![])?;
    let host = rooms::open(&infrafile, &Directories::find()?, 1)?;
    let docker = &host.world().docker;
    let containers = docker.project_containers(&infrafile.project).await?;
    for name in names {
        if !containers.iter().any(|container| container.name == *name) {
            return Err(SessionError::usage(format!("no container of this project is called `{name}`"), "`infra ps` lists them"));
        }
    }
    for container in containers.iter().filter(|container| names.is_empty() || names.contains(&container.name)) {
        docker.stop_listed(container).await?;
        eprintln!("stopped {}", container.name);
    }
    Ok(ExitCode::Done)
}
