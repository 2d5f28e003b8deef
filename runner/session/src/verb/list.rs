use super::print;
use crate::Global;
use crate::error::{SessionError, end};
use crate::param_text::{choices, kind, plain};
use crate::project::load;
use infra_event::ExitCode;
use infra_infrafile::{Infrafile, Param, Task};
use infra_report::{Style, clean_message};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Lists the tasks by group.
#[must_use]
pub fn list(global: &Global, all: bool, json: bool) -> ExitCode {
    end(
        global,
        load(global, vec![]).map(|infrafile| {
            print(&if json { as_json(&infrafile, all) } else { as_text(&infrafile, all, &global.result_style()) });
            ExitCode::Done
        }),
    )
}

/// `infra` alone: the tasks where there is an Infrafile, else how to start.
#[must_use]
pub fn welcome(global: &Global) -> ExitCode {
    match load(global, vec![]) {
        Ok(infrafile) => {
            let style = global.result_style();
            print(&as_text(&infrafile, false, &style));
            print(&format!("\n{}\n{NEXT}", style.heading("What next")));
            ExitCode::Done
        }
        Err(SessionError::NoInfrafile) => {
            print(&format!("There is no Infrafile.toml here or above.\n\n{START}"));
            ExitCode::Done
        }
        error => end(global, error.map(|_| ExitCode::Done)),
    }
}

/// What a person does with the tasks.
const NEXT: &str = "  infra run TASK [NAME=VALUE…]  runs a task
  infra plan TASK               shows what a run would change
  infra run TASK --help         shows what a task takes
  infra --help                  shows the verbs";

/// What a person does without an Infrafile.
const START: &str = "  infra init    starts one
  infra doctor  tells what this machine offers
  infra --help  shows the verbs";

fn visible(infrafile: &Infrafile, all: bool) -> impl Iterator<Item = &Task> {
    infrafile.tasks.values().filter(move |task| all || !task.private)
}

fn as_text(infrafile: &Infrafile, all: bool, style: &Style) -> String {
    let mut groups: BTreeMap<&str, Vec<&Task>> = BTreeMap::new();
    for task in visible(infrafile, all) {
        groups.entry(task.group.as_deref().unwrap_or_default()).or_default().push(task);
    }
    let width = visible(infrafile, all).map(|task| task.name.chars().count()).max().unwrap_or(0);
    let mut text = style.heading(&clean_message(&infrafile.project));
    for (group, tasks) in groups {
        let _ = write!(text, "\n\n{}", style.heading(&clean_message(if group.is_empty() { "Tasks" } else { group })));
        for task in tasks {
            let _ = write!(text, "\n  {:width$}  {}", task.name, clean_message(task.help.as_deref().unwrap_or_default()));
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
        let _ = write!(text, "\n\n{}", style.heading("Parameters"));
        text.push_str(&params_text(&infrafile.params));
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Each parameter in one line, in columns: `PROFILE=local  local|aws  Infrastructure profile`.
fn params_text(params: &[Param]) -> String {
    let assignment = |param: &Param| format!("{}={}", param.name, param.default.as_ref().map_or_else(|| "…".to_owned(), plain));
    let rows: Vec<[String; 2]> =
        params.iter().map(|param| [clean_message(&assignment(param)), clean_message(&choices(param))]).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    let mut text = String::new();
    for (param, [assignment, choices]) in params.iter().zip(&rows) {
        let _ = write!(text, "\n  {assignment:first$}");
        if second > 0 {
            let _ = write!(text, "  {choices:second$}");
        }
        let _ = write!(text, "  {}", clean_message(param.help.as_deref().unwrap_or_default()));
    }
    text
}

fn as_json(infrafile: &Infrafile, all: bool) -> String {
    let param = |param: &Param| {
        json!({
            "name": param.name,
            "type": kind(param),
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
