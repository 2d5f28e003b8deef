use super::graph::task_of;
use super::history::{open, time};
use super::{block_on, print};
use crate::Global;
use crate::components::Components;
use crate::directories::Directories;
use crate::error::{SessionError, end};
use crate::explain_text::text;
use crate::explained::{Explained, Needed, Ordered, Past, Sourced, Valued};
use crate::freshness::Freshness;
use crate::grant_lines::grant_lines;
use crate::project::load;
use crate::task_text::work;
use crate::words::Words;
use crate::{components, preflight, rooms};
use infra_components::find;
use infra_event::{ExitCode, Outcome, RunId};
use infra_infrafile::{Infrafile, Origin, Task, Work};
use infra_plan::{Plan, Prepared, Step};
use std::collections::BTreeMap;

/// How many past runs are shown, and how many are looked through for them.
const SHOWN: usize = 5;
const LOOKED_AT: usize = 200;

/// Shows all that is known of a task: its component, values, order, grants, limits and past. Nothing is run and nothing is built.
#[must_use]
pub fn explain(global: &Global, words: &[String], json: bool) -> ExitCode {
    end(global, block_on(show(global, words, json)))
}

async fn show(global: &Global, words: &[String], json: bool) -> Result<ExitCode, SessionError> {
    let words = Words::parse(words);
    let [name] = words.tasks.as_slice() else {
        return Err(SessionError::usage(
            "explain takes one task",
            "`infra explain TASK [NAME=VALUE…]`; `infra list` shows the tasks",
        ));
    };
    let infrafile = load(global, words.assignments.clone())?;
    let task = task_of(&infrafile, name)?;
    let mut explained = Explained {
        task: task.name.clone(),
        help: task.help.clone(),
        does: work(task),
        values: values(&infrafile, task),
        granted: granted(task),
        rules: super::task_help::rules(task),
        limits: limits(task),
        secrets: secrets(&infrafile, task),
        past: past(&infrafile, task),
        ..Explained::default()
    };
    // A private task is planned as those that call it would plan it.
    let mut open_to_all = infrafile.clone();
    if let Some(task) = open_to_all.tasks.get_mut(&task.name) {
        task.private = false;
    }
    match infra_plan::build(&open_to_all, std::slice::from_ref(&task.name)) {
        Ok(plan) => {
            explained.order = ordered(&plan);
            needs(global, &infrafile, task, &plan, &mut explained).await?;
        }
        Err(wrong) => {
            explained.unplanned = wrong.all.iter().map(|problem| problem.message.clone()).collect();
            explained.unplanned.dedup();
        }
    }
    print(&if json {
        serde_json::to_string_pretty(&explained).unwrap_or_default()
    } else {
        text(&explained, &global.result_style())
    });
    Ok(ExitCode::Done)
}

/// The parameters of the task and of the project, each with its value and where that comes from.
fn values(infrafile: &Infrafile, task: &Task) -> Vec<Valued> {
    let used = task.named_params();
    let own = task.params.iter().map(|param| {
        let given = infrafile.assignments.get(&param.name).and_then(|text| param.parse(text).ok());
        let (value, origin) = match (given, &param.default) {
            (Some(value), _) => (Some(value), "command line".to_owned()),
            (None, Some(default)) => (Some(default.clone()), "default".to_owned()),
            (None, None) => (None, "must be given".to_owned()),
        };
        Valued { name: param.name.clone(), value, origin, own: true, used: true }
    });
    let shadowed = |name: &str| task.params.iter().any(|param| param.name == name);
    let project = infrafile.params.iter().filter(|param| !shadowed(&param.name)).map(|param| {
        let value = infrafile.values.get(&param.name);
        Valued {
            name: param.name.clone(),
            value: value.map(|value| value.value.clone()),
            origin: value.map_or_else(|| "must be given".to_owned(), |value| origin(&value.origin)),
            own: false,
            used: used.contains(&param.name),
        }
    });
    own.chain(project).collect()
}

fn secrets(infrafile: &Infrafile, task: &Task) -> Vec<Sourced> {
    let used = task.named_secrets();
    let granted = |name: &str| task.allow.secrets.iter().any(|grant| grant.name.matches(name));
    let named = infrafile.secrets.iter().filter(|secret| used.contains(secret.name.as_str()) || granted(&secret.name));
    named
        .map(|secret| Sourced { name: secret.name.clone(), from: secret.source.to_string(), declared: secret.place.clone() })
        .collect()
}

pub(crate) fn origin(origin: &Origin) -> String {
    match origin {
        Origin::CommandLine => "command line".to_owned(),
        Origin::Environment(name) => format!("environment variable {name}"),
        Origin::DotEnv => ".env".to_owned(),
        Origin::Profile(name) => format!("profile {name}"),
        Origin::Default => "default".to_owned(),
    }
}

fn ordered(plan: &Plan) -> Vec<Ordered> {
    plan.steps
        .iter()
        .map(|step| Ordered {
            step: step.id.index() + 1,
            name: step.name.clone(),
            after: step.needs.iter().map(|id| id.index() + 1).collect(),
            whatever_happens: !step.finalizes.is_empty(),
            skip: step.skip.clone(),
        })
        .collect()
}

fn granted(task: &Task) -> Vec<String> {
    let mut lines = grant_lines(&task.allow);
    let confined = if task.confine { "" } else { ", without confinement" };
    match &task.work {
        Work::Run(_) => lines.push(format!("its own program with exactly these arguments{confined}")),
        Work::Shell(_) => lines.push(format!("its own script{confined}")),
        Work::Nothing | Work::Steps(_) | Work::Uses { .. } => {}
    }
    lines
}

/// What the task's component is, what it asks for, and what of that it is not granted.
async fn needs(
    global: &Global,
    infrafile: &Infrafile,
    task: &Task,
    plan: &Plan,
    explained: &mut Explained,
) -> Result<(), SessionError> {
    let own = Plan { steps: plan.steps.iter().filter(|step| step.task == task.name).cloned().collect(), ..plan.clone() };
    if own.steps.is_empty() {
        return Ok(());
    }
    let sources = components::sources(infrafile, &own)?;
    let mut found = Vec::new();
    for (uses, source) in &sources {
        explained.component = Some(uses.clone());
        match find(source) {
            Ok(component) => {
                explained.digest = Some(component.digest.to_string());
                found.push((uses.clone(), source.clone()));
            }
            Err(error) => explained.problem = Some(error.to_string()),
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    let directories = Directories::find()?;
    let policy = rooms::policy(global, &directories)?;
    let host = rooms::open(infrafile, &directories, 1)?;
    let loaded = components::load(global, host.sandbox(), &found.into_iter().collect::<BTreeMap<_, _>>()).await?;
    let freshness = Freshness::open(infrafile, &own, &host, &policy, &directories, false)?;
    for step in own.steps.iter().filter(|step| step.skip.is_none()) {
        if let (Some(freshness), Ok(prepared)) = (&freshness, step.prepare(&preflight::Nothing)) {
            explained.up_to_date.extend(up_to_date(freshness, plan, step, &prepared, &loaded));
        }
        match preflight::needed_by(&host, step, &loaded, &RunId::generate()).await {
            Ok(Some((granted, needed))) => {
                let (lacks, policy_lacks) = (granted.missing(&needed), policy.missing(&needed));
                for line in grant_lines(&needed) {
                    if explained.needed.iter().all(|known| known.line != line) {
                        explained.needed.push(Needed { line });
                    }
                }
                for (list, lines) in [(&mut explained.missing, lacks), (&mut explained.missing_in_policy, policy_lacks)] {
                    for line in lines {
                        if !list.contains(&line) {
                            list.push(line);
                        }
                    }
                }
            }
            Ok(None) => explained.late = true,
            Err((_, error)) => explained.problem = Some(error.message),
        }
    }
    Ok(())
}

/// Whether a step is up to date; with its name where the task has several.
fn up_to_date(freshness: &Freshness, plan: &Plan, step: &Step, prepared: &Prepared, loaded: &Components) -> Vec<String> {
    let infra_plan::Work::Component { uses, .. } = &step.work else { return vec![] };
    let (Some(patterns), Some(component)) = (&prepared.up_to_date, loaded.get(&uses.value)) else { return vec![] };
    let lines = freshness.told(plan, step, prepared, patterns, component.digest());
    let several = step.name != step.task;
    lines.into_iter().map(|line| if several { format!("{}: {line}", step.name) } else { line }).collect()
}

fn limits(task: &Task) -> Vec<(String, String)> {
    let size = |bytes: u64| if bytes.is_multiple_of(1 << 20) { format!("{} MiB", bytes >> 20) } else { format!("{bytes} bytes") };
    let milliseconds = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let time = task.timeout.map_or_else(|| "none".to_owned(), |timeout| infra_report::duration_text(milliseconds(timeout)));
    let mut limits = vec![
        ("time of an attempt".to_owned(), time),
        ("attempts".to_owned(), task.retries.attempts.to_string()),
        ("memory".to_owned(), size(task.limits.memory)),
        ("log".to_owned(), size(task.limits.log)),
        ("host calls".to_owned(), task.limits.host_calls.to_string()),
    ];
    if !task.locks.is_empty() {
        limits.push(("locks".to_owned(), task.locks.join(", ")));
    }
    limits
}

/// How the task ended when it last ran.
fn past(infrafile: &Infrafile, task: &Task) -> Vec<Past> {
    let Ok(history) = open() else { return vec![] };
    let mut past = Vec::new();
    for run in history.runs(&infrafile.root, LOOKED_AT).unwrap_or_default() {
        if past.len() == SHOWN {
            break;
        }
        for step in history.steps(&run.run).unwrap_or_default().into_iter().filter(|step| step.task == task.name) {
            let outcome = match &step.outcome {
                Some(Outcome::Succeeded { changed: true, .. }) => "changed",
                Some(Outcome::Succeeded { .. }) => "no changes",
                Some(Outcome::UpToDate { restored: true, .. }) => "restored",
                Some(Outcome::UpToDate { .. }) => "up to date",
                Some(Outcome::Failed { .. }) => "failed",
                Some(Outcome::Skipped { .. }) => "skipped",
                Some(Outcome::Cancelled) => "cancelled",
                Some(Outcome::NotRun { .. } | Outcome::Unknown { .. }) => "not run",
                None => "not ended",
            };
            past.push(Past {
                run: run.run.to_string(),
                name: step.name,
                started: step.started.map(time),
                outcome: outcome.to_owned(),
                duration_ms: step.duration_ms,
            });
        }
    }
    past
}
