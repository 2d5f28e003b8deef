use super::print;
use crate::Global;
use crate::error::{SessionError, end};
use crate::project::load;
use infra_event::ExitCode;
use infra_infrafile::{Infrafile, Param, ParamKind, Task};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Lists the tasks by group.
#[must_use]
pub fn list(global: &Global, all: bool, json: bool) -> ExitCode {
    end(
        global,
        load(global, vec![]).map(|infrafile| {
            print(&if json { as_json(&infrafile, all) } else { as_text(&infrafile, all) });
            ExitCode::Done
        }),
    )
}

/// `infra` alone: the tasks where there is an Infrafile, else how to start.
#[must_use]
pub fn welcome(global: &Global) -> ExitCode {
    match load(global, vec![]) {
        Ok(infrafile) => {
            print(&as_text(&infrafile, false));
            print(
                "\ninfra run TASK [NAME=VALUE…] runs a task; infra run TASK --help shows what it takes; infra --help shows the verbs.",
            );
            ExitCode::Done
        }
        Err(SessionError::NoInfrafile) => {
            print("There is no Infrafile.toml here or above.\n\ninfra init starts one; infra --help shows the verbs.");
            ExitCode::Done
        }
        error => end(global, error.map(|_| ExitCode::Done)),
    }
}

fn visible(infrafile: &Infrafile, all: bool) -> impl Iterator<Item = &Task> {
    infrafile.tasks.values().filter(move |task| all || !task.private)
}

fn as_text(infrafile: &Infrafile, all: bool) -> String {
    let mut groups: BTreeMap<&str, Vec<&Task>> = BTreeMap::new();
    for task in visible(infrafile, all) {
        groups.entry(task.group.as_deref().unwrap_or_default()).or_default().push(task);
    }
    let width = visible(infrafile, all).map(|task| task.name.chars().count()).max().unwrap_or(0);
    let mut text = infrafile.project.clone();
    for (group, tasks) in groups {
        let _ = write!(text, "\n\n{}", if group.is_empty() { "Tasks" } else { group });
        for task in tasks {
            let _ = write!(text, "\n  {:width$}  {}", task.name, task.help.as_deref().unwrap_or_default());
            let own: Vec<&str> = task.params.iter().map(|param| param.name.as_str()).collect();
            if !own.is_empty() {
                let _ = write!(text, "  [{}]", own.join(", "));
            }
            if !task.aliases.is_empty() {
                let _ = write!(text, "  (also {})", task.aliases.join(", "));
            }
        }
    }
    if !infrafile.params.is_empty() {
        text.push_str("\n\nParameters");
        for param in &infrafile.params {
            let _ = write!(text, "\n  {}", describe(param));
        }
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// A parameter in one line: `PROFILE=local  local|aws  Infrastructure profile`.
pub(crate) fn describe(param: &Param) -> String {
    let plain = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => {
            items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    };
    let mut text = format!("{}={}", param.name, param.default.as_ref().map_or_else(|| "…".to_owned(), plain));
    if !param.choices.is_empty() {
        let _ = write!(text, "  {}", param.choices.iter().map(plain).collect::<Vec<_>>().join("|"));
    }
    if let Some(help) = &param.help {
        let _ = write!(text, "  {help}");
    }
    text
}

fn as_json(infrafile: &Infrafile, all: bool) -> String {
    let param = |param: &Param| {
        json!({
            "name": param.name,
            "type": match param.kind {
                ParamKind::String => "string",
                ParamKind::Integer => "integer",
                ParamKind::Boolean => "boolean",
                ParamKind::List => "list",
            },
            "default": param.default, "choices": param.choices, "pattern": param.pattern, "help": param.help,
        })
    };
    let tasks: Vec<_> = visible(infrafile, all)
        .map(|task| {
            let needs: Vec<&str> = task.needs.iter().map(|call| call.task.as_str()).collect();
            json!({
                "name": task.name, "help": task.help, "group": task.group, "aliases": task.aliases, "private": task.private,
                "needs": needs, "params": task.params.iter().map(param).collect::<Vec<_>>(),
            })
        })
        .collect();
    let params: Vec<_> = infrafile.params.iter().map(param).collect();
    serde_json::to_string_pretty(&json!({ "project": infrafile.project, "params": params, "tasks": tasks })).unwrap_or_default()
}
