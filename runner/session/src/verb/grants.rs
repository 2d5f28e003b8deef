use super::graph::task_of;
use super::history::open;
use super::{block_on, print};
use crate::columns::rows;
use crate::directories::Directories;
use crate::error::{SessionError, end};
use crate::grant_lines::grant_lines;
use crate::grant_use::{GrantUse, uses};
use crate::project::load;
use crate::words::Words;
use crate::{Global, components, preflight, rooms};
use infra_effect::{Effect, Grants};
use infra_event::{ExitCode, RunId};
use infra_infrafile::Infrafile;
use infra_journal::EffectState;
use infra_plan::Plan;
use infra_report::{Style, clean_message};
use serde::Serialize;
use std::collections::BTreeMap;

/// How many past runs are looked through.
const LOOKED_AT: usize = 500;

/// What a task may do, what it asks for, and what it did.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Told {
    task: String,
    /// In how many past runs it was.
    runs: usize,
    granted: Vec<GrantUse>,
    /// What its component asks for.
    declared: Vec<String>,
    /// What that depends on is known only when other steps have run.
    late: bool,
    /// Kind and summary of each effect, with how often.
    used: BTreeMap<String, usize>,
    /// What was refused.
    refused: BTreeMap<String, usize>,
}

/// Shows what a task is granted, what it asks for, and what of that it has used.
#[must_use]
pub fn grants(global: &Global, words: &[String], json: bool) -> ExitCode {
    end(
        global,
        block_on(told(global, words)).map(|told| {
            let style = global.result_style();
            print(&if json { serde_json::to_string_pretty(&told).unwrap_or_default() } else { text(&told, &style) });
            ExitCode::Done
        }),
    )
}

async fn told(global: &Global, words: &[String]) -> Result<Told, SessionError> {
    let words = Words::parse(words);
    let [name] = words.tasks.as_slice() else {
        return Err(SessionError::usage(
            "grants takes one task",
            "`infra grants TASK [NAME=VALUE…]`; `infra list` shows the tasks",
        ));
    };
    let mut infrafile = load(global, words.assignments.clone())?;
    let task = task_of(&infrafile, name)?.name.clone();
    if let Some(task) = infrafile.tasks.get_mut(&task) {
        // A private task is planned as those that call it would plan it.
        task.private = false;
    }
    let plan = infra_plan::build(&infrafile, std::slice::from_ref(&task))?;
    let own = Plan { steps: plan.steps.iter().filter(|step| step.task == task).cloned().collect(), ..plan };
    let (granted, declared, late) = granted(global, &infrafile, &own).await?;
    let past = past(&infrafile, &task)?;
    Ok(Told {
        granted: uses(&granted, &past.effects),
        task,
        runs: past.runs,
        declared: grant_lines(&declared),
        late,
        used: past.used,
        refused: past.refused,
    })
}

/// What the task's steps are granted and ask for; and whether more is known later.
async fn granted(global: &Global, infrafile: &Infrafile, own: &Plan) -> Result<(Grants, Grants, bool), SessionError> {
    let (mut granted, mut declared, mut late) = (Grants::default(), Grants::default(), false);
    if own.steps.is_empty() {
        return Ok((granted, declared, late));
    }
    let sources = components::sources(infrafile, own)?;
    let host = rooms::open(infrafile, &Directories::find()?, 1)?;
    let loaded = components::load(global, host.sandbox(), &sources).await?;
    for step in own.steps.iter().filter(|step| step.skip.is_none()) {
        match preflight::needed_by(&host, step, &loaded, &RunId::generate()).await {
            Ok(Some((has, needs))) => {
                granted.extend(&has);
                declared.extend(&needs);
            }
            Ok(None) => {
                granted.extend(&host.world().at_home(&step.allow));
                late = true;
            }
            Err((_, error)) => return Err(error.into()),
        }
    }
    Ok((granted, declared, late))
}

/// What the journal has of a task.
#[derive(Default)]
struct PastUse {
    runs: usize,
    effects: Vec<Effect>,
    used: BTreeMap<String, usize>,
    refused: BTreeMap<String, usize>,
}

fn past(infrafile: &Infrafile, task: &str) -> Result<PastUse, SessionError> {
    let history = open()?;
    let mut past = PastUse::default();
    for run in history.runs(&infrafile.root, LOOKED_AT)? {
        let steps = history.steps(&run.run)?;
        let own: Vec<_> = steps.iter().filter(|step| step.task == task && step.started.is_some()).map(|step| step.step).collect();
        if own.is_empty() {
            continue;
        }
        past.runs += 1;
        for record in history.effects(&run.run)?.into_iter().filter(|effect| own.contains(&effect.step)) {
            let Ok(effect) = serde_json::from_value::<Effect>(record.effect) else { continue };
            let line = format!("{} {}", record.kind, effect.summary());
            if record.state == EffectState::Refused {
                *past.refused.entry(line).or_default() += 1;
                continue;
            }
            let known = past.used.entry(line).or_default();
            *known += 1;
            if *known == 1 {
                past.effects.push(effect);
            }
        }
    }
    Ok(past)
}

fn text(told: &Told, style: &Style) -> String {
    let mut out = style.heading(&told.task);
    let times = match told.runs {
        0 => "it has not run yet, so nothing is known of what it uses".to_owned(),
        1 => "in 1 past run".to_owned(),
        runs => format!("in {runs} past runs"),
    };
    out.push_str(&format!("  {times}"));
    let mut section = |heading: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            out.push_str(&format!("\n\n{}", style.heading(heading)));
            for line in lines {
                out.push_str(&format!("\n  {}", clean_message(&line)));
            }
        }
    };
    let granted = told.granted.iter().map(|grant| {
        let line = format!("{{ {} }}", grant.line);
        if told.runs == 0 { vec![line] } else { vec![usage(grant), line] }
    });
    section("Granted", rows(granted.collect()));
    let mut declared = told.declared.clone();
    if told.late {
        declared.push("more that is known when the steps before have run".to_owned());
    }
    section("Declared", declared);
    let counted = |counts: &BTreeMap<String, usize>| {
        rows(counts.iter().map(|(line, count)| vec![format!("{count} ×"), line.clone()]).collect())
    };
    section("Used", counted(&told.used));
    section("Refused", counted(&told.refused));
    out
}

fn usage(grant: &GrantUse) -> String {
    if grant.used == 0 {
        return "never used".to_owned();
    }
    let parts = grant.never_used.iter().map(|(list, parts)| {
        let parts: Vec<String> = parts.iter().map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned)).collect();
        format!("{list} never used: {}", parts.join(", "))
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { "used".to_owned() } else { format!("used; {}", parts.join("; ")) }
}
