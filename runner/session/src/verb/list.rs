use super::print;
use crate::Global;
use crate::error::{SessionError, end};
use crate::param_text::{choices, kind, plain};
use crate::project::load;
use crate::usual::usual;
use infra_event::ExitCode;
use infra_infrafile::{Infrafile, Param, Task};
use infra_report::{Style, clean_message, fitted};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How long tasks usually take, in milliseconds by their names.
type Usual = BTreeMap<String, u64>;

/// What takes less is over at once.
const WORTH_A_WORD: u64 = 1_000;

/// Lists the tasks by group.
#[must_use]
pub fn list(global: &Global, all: bool, json: bool) -> ExitCode {
    end(
        global,
        load(global, vec![]).map(|infrafile| {
            let usual = usual(&infrafile.root);
            print(&if json {
                as_json(&infrafile, all, &usual)
            } else {
                as_text(&infrafile, all, &usual, &global.result_style())
            });
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
            print(&as_text(&infrafile, false, &usual(&infrafile.root), &style));
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

fn as_text(infrafile: &Infrafile, all: bool, usual: &Usual, style: &Style) -> String {
    let mut groups: BTreeMap<&str, Vec<&Task>> = BTreeMap::new();
    for task in visible(infrafile, all) {
        groups.entry(task.group.as_deref().unwrap_or_default()).or_default().push(task);
    }
    let width = visible(infrafile, all).map(|task| task.name.chars().count()).max().unwrap_or(0);
    let mut text = style.heading(&clean_message(&infrafile.project));
    for (group, tasks) in groups {
        let _ = write!(text, "\n\n{}", style.heading(&clean_message(if group.is_empty() { "Tasks" } else { group })));
        for task in tasks {
            let _ = write!(text, "\n{}", task_line(task, width, usual, style));
        }
    }
    if !infrafile.params.is_empty() {
        let _ = write!(text, "\n\n{}", style.heading("Parameters"));
        text.push_str(&params_text(&infrafile.params, style));
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// A task in one line. What does not fit is left out, the help at last.
fn task_line(task: &Task, width: usize, usual: &Usual, style: &Style) -> String {
    const HELP: usize = 20;
    let mut facts = Vec::new();
    let own: Vec<&str> = task.params.iter().map(|param| param.name.as_str()).collect();
    if !own.is_empty() {
        facts.push(format!("[{}]", own.join(", ")));
    }
    if !task.aliases.is_empty() {
        facts.push(format!("(also {})", task.aliases.join(", ")));
    }
    if let Some(usual) = usual.get(&task.name).filter(|usual| **usual >= WORTH_A_WORD) {
        facts.push(format!("~{}", infra_report::duration_text(*usual)));
    }
    let lead = format!("  {:width$}", task.name);
    let help = clean_message(task.help.as_deref().unwrap_or_default());
    let room = style.width.map_or(usize::MAX, usize::from).saturating_sub(lead.chars().count());
    let length = |facts: &[String]| facts.iter().map(|fact| fact.chars().count() + 2).sum::<usize>();
    while !facts.is_empty() && length(&facts) + 2 + help.chars().count().min(HELP) > room {
        facts.pop();
    }
    let help = fitted(&help, room.saturating_sub(length(&facts) + 2)).into_owned();
    let parts = std::iter::once(lead).chain(Some(help).filter(|help| !help.is_empty())).chain(facts);
    parts.collect::<Vec<_>>().join("  ")
}

/// Each parameter in one line, in columns: `PROFILE=local  local|aws  Infrastructure profile`.
fn params_text(params: &[Param], style: &Style) -> String {
    let assignment = |param: &Param| format!("{}={}", param.name, param.default.as_ref().map_or_else(|| "…".to_owned(), plain));
    let rows: Vec<[String; 2]> =
        params.iter().map(|param| [clean_message(&assignment(param)), clean_message(&choices(param))]).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    let mut text = String::new();
    for (param, [assignment, choices]) in params.iter().zip(&rows) {
        let mut line = format!("  {assignment:first$}");
        if second > 0 {
            let _ = write!(line, "  {choices:second$}");
        }
        let _ = write!(line, "  {}", clean_message(param.help.as_deref().unwrap_or_default()));
        let _ = write!(text, "\n{}", fitted(line.trim_end(), style.width.map_or(usize::MAX, usize::from)));
    }
    text
}

fn as_json(infrafile: &Infrafile, all: bool, usual: &Usual) -> String {
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
                "needs": needs, "usual_ms": usual.get(&task.name), "params": task.params.iter().map(param).collect::<Vec<_>>(),
            })
        })
        .collect();
    let params: Vec<_> = infrafile.params.iter().map(param).collect();
    serde_json::to_string_pretty(&json!({ "project": infrafile.project, "params": params, "tasks": tasks })).unwrap_or_default()
}
