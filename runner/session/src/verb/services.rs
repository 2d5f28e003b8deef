use super::{block_on, print};
use crate::Global;
use crate::directories::Directories;
use crate::error::{SessionError, end};
use crate::service::{Health, Place, Probe, Record, stop as stop_service};
use crate::{project, rooms};
use infra_event::{ErrorCode, ExitCode, TaskError};
use infra_host::docker::ContainerSummary;
use infra_infrafile::{Infrafile, suggest};
use serde_json::{Value as Json, json};

/// Lists the project's services and containers.
#[must_use]
pub fn services(global: &Global, json: bool) -> ExitCode {
    end(global, block_on(show(global, json)))
}

async fn show(global: &Global, as_json: bool) -> Result<ExitCode, SessionError> {
    let infrafile = project::load(global, vec![])?;
    let directories = Directories::find()?;
    let mut services = Vec::new();
    for (place, record) in Place::all(&directories, &infrafile.root) {
        let state = state(&place, &record).await;
        // Where a run is starting it, the record is not looked at: it is about to be another.
        if matches!(state, "dead" | "ended" | "failed")
            && let Ok(Some(_starting)) = place.lock()
            && !place.is_held()
        {
            // It is told once; its log stays until the service is started again.
            place.forget();
        }
        services.push(service_row(&record, state, as_json));
    }
    let containers = match containers(&infrafile, &directories).await {
        Ok(containers) => containers,
        Err(error) => {
            eprintln!("warning: containers are not listed: {}", error.message);
            vec![]
        }
    };
    let mut containers: Vec<Json> =
        containers.iter().map(|container| serde_json::to_value(container).unwrap_or_default()).collect();
    if as_json {
        let with_kind = |kind: &str, mut row: Json| {
            row["kind"] = kind.into();
            row
        };
        let rows = services.into_iter().map(|row| with_kind("service", row));
        let rows: Vec<Json> = rows.chain(containers.into_iter().map(|row| with_kind("container", row))).collect();
        print(&serde_json::to_string_pretty(&rows).unwrap_or_default());
    } else if services.is_empty() && containers.is_empty() {
        print("Nothing of this project runs.");
    } else {
        containers.iter_mut().for_each(shorten_id);
        if global.verbose == 0 {
            services.iter_mut().for_each(|row| leave_out(row, &["run", "log"]));
        }
        services.iter_mut().chain(&mut containers).for_each(leave_out_empty);
        let tables = [services, containers].into_iter().filter(|rows| !rows.is_empty());
        let tables = tables.filter_map(|rows| infra_report::output(&Json::Array(rows), &global.result_style()));
        print(&tables.collect::<Vec<_>>().join("\n\n"));
    }
    Ok(ExitCode::Done)
}

fn leave_out(row: &mut Json, keys: &[&str]) {
    if let Some(row) = row.as_object_mut() {
        row.retain(|key, _| !keys.contains(&key.as_str()));
    }
}

/// What says nothing takes no room.
fn leave_out_empty(row: &mut Json) {
    if let Some(row) = row.as_object_mut() {
        row.retain(|key, value| !value.is_null() && (key != "restarts" || *value != 0));
    }
}

/// As much of a container's id as `docker ps` shows, which every Docker command takes.
fn shorten_id(container: &mut Json) {
    if let Some(Json::String(id)) = container.get_mut("id") {
        id.truncate(id.char_indices().nth(12).map_or(id.len(), |(end, _)| end));
    }
}

/// How a service is now. A supervisor that was killed could not say so.
async fn state(place: &Place, record: &Record) -> &'static str {
    let dead = !place.is_held();
    match (record.health, dead) {
        (Health::Ended | Health::Failed, _) => record.health.word(),
        (_, true) => "dead",
        (Health::Ready, false) => match Probe::parse(record.ready.as_deref()) {
            Ok(probe @ Probe::Tcp(_)) if !probe.answers().await => "not answering",
            _ => record.health.word(),
        },
        (health, false) => health.word(),
    }
}

fn service_row(record: &Record, state: &str, as_json: bool) -> Json {
    let since = if as_json { json!(record.since) } else { json!(record.since.to_string()) };
    json!({
        "task": record.task, "state": state, "pid": record.pid, "since": since, "ready": record.ready, "restarts": record.restarts,
        "error": record.last_error, "run": record.run, "log": record.log,
    })
}

async fn containers(infrafile: &Infrafile, directories: &Directories) -> Result<Vec<ContainerSummary>, TaskError> {
    let host =
        rooms::open(infrafile, directories, 1).map_err(|error| TaskError::new(ErrorCode::INPUT_OUTPUT, error.to_string()))?;
    host.world().docker.project_containers(&infrafile.project).await
}

/// Stops services and containers of the project.
#[must_use]
pub fn stop_services(global: &Global, names: &[String]) -> ExitCode {
    end(global, block_on(stop(global, names)))
}

async fn stop(global: &Global, names: &[String]) -> Result<ExitCode, SessionError> {
    let infrafile = project::load(global, vec![])?;
    let directories = Directories::find()?;
    let services = Place::all(&directories, &infrafile.root);
    let is_service = |name: &String| services.iter().any(|(_, record)| record.task == *name);
    let others: Vec<&String> = names.iter().filter(|name| !is_service(name)).collect();
    // Looked up before anything is stopped: a wrong name stops nothing.
    let containers = if names.is_empty() || !others.is_empty() {
        match containers(&infrafile, &directories).await {
            Ok(containers) => containers,
            Err(error) if names.is_empty() => {
                eprintln!("warning: containers are not stopped: {}", error.message);
                vec![]
            }
            Err(error) => return Err(error.into()),
        }
    } else {
        vec![]
    };
    for name in &others {
        if !containers.iter().any(|container| container.name == **name) {
            let known = services.iter().map(|(_, record)| record.task.as_str());
            let help = suggest(name, known.chain(containers.iter().map(|container| container.name.as_str())));
            let message = format!("no service or container of this project is called `{name}`");
            return Err(SessionError::usage(message, help.unwrap_or_else(|| "`infra ps` lists them".to_owned())));
        }
    }
    for (place, record) in services.iter().filter(|(_, record)| names.is_empty() || names.contains(&record.task)) {
        let lived = stop_service(place, record).await?;
        eprintln!("{} {}", if lived { "stopped" } else { "was not running:" }, record.task);
    }
    if containers.is_empty() {
        return Ok(ExitCode::Done);
    }
    let host = rooms::open(&infrafile, &directories, 1)?;
    for container in containers.iter().filter(|container| names.is_empty() || names.contains(&container.name)) {
        host.world().docker.stop_listed(container).await?;
        eprintln!("stopped {}", container.name);
    }
    Ok(ExitCode::Done)
}
