use super::graph::task_of;
use super::plan::plan_prepared;
use super::print;
use super::run::{RunRequest, run_prepared};
use crate::error::{SessionError, end};
use crate::grant_lines::grant_lines;
use crate::learning::{Learned, Learning};
use crate::prepare::{Purpose, prepare};
use crate::project::load;
use crate::words::Words;
use crate::{Global, status, within};
use infra_effect::{Effect, Grants, Key};
use infra_event::{ExitCode, Mode};
use infra_infrafile::{Infrafile, Work};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

/// `infra learn`
#[derive(Clone, Debug, Default)]
pub struct LearnRequest {
    /// A task, and parameters as `NAME=VALUE`.
    pub words: Vec<String>,
    /// Run it, instead of planning it.
    pub run: bool,
    /// What it may do meanwhile.
    pub within: Vec<String>,
    /// Answer every confirmation.
    pub yes: bool,
    /// Write what was learned as JSON.
    pub json: bool,
}

/// Shows the smallest `allow` that covers what a task was seen to do: in its plan, or in a run within a bound.
#[must_use]
pub fn learn(global: &Global, request: &LearnRequest) -> ExitCode {
    end(global, super::block_on(learn_words(global, request)))
}

async fn learn_words(global: &Global, request: &LearnRequest) -> Result<ExitCode, SessionError> {
    if infra_report::in_ci() {
        return Err(SessionError::usage(
            "nothing is learned in CI: what may be done there is decided before",
            "run `infra learn` where you work, and commit the `allow` that you agree with",
        ));
    }
    let words = Words::parse(&request.words);
    let [name] = words.tasks.as_slice() else {
        return Err(SessionError::usage(
            "learn takes one task",
            "`infra learn TASK [NAME=VALUE…]`; `infra list` shows the tasks",
        ));
    };
    let bound = within::bound(&request.within)?;
    if request.run && bound == Grants::default() {
        return Err(SessionError::usage("`--run` needs a bound", "`--within 'files = { read = [\"docs/**\"] }'` gives one"));
    }
    let infrafile = load(global, words.assignments.clone())?;
    let task = learnable(&infrafile, name, request.run)?;
    let own = infrafile.tasks.get(&task).map(|task| task.allow.clone()).unwrap_or_default();
    let learning = Arc::new(Learning::new(&task, &own, bound, request.run));
    let purpose = if request.run { Purpose::Run } else { Purpose::Plan };
    let prepared = prepare(global, &words, purpose, Some(&learning)).await?;
    let code = if request.run {
        let run = RunRequest { words: request.words.clone(), yes: request.yes, ..RunRequest::default() };
        run_prepared(global, &run, Mode::Run, HashMap::new(), prepared, Some(Arc::clone(&learning))).await?
    } else {
        plan_prepared(global, &prepared, Some(Arc::clone(&learning))).await?.summary.exit_code
    };
    let learned = learning.learned();
    tell(global, request, &learning, &learned);
    Ok(code)
}

/// The task's whole name, where something can be learned of it.
fn learnable(infrafile: &Infrafile, name: &str, run: bool) -> Result<String, SessionError> {
    let task = task_of(infrafile, name)?;
    let (name, hint) = (&task.name, "`infra list` shows the tasks");
    match &task.work {
        Work::Shell(_) => Err(SessionError::usage(
            format!("`{name}` is a script: what `sh` does is not learned"),
            "write what it may read and write into its `allow`; a refusal shows the line",
        )),
        Work::Nothing | Work::Steps(_) => {
            Err(SessionError::usage(format!("`{name}` only calls others and has no `allow` of its own; learn those"), hint))
        }
        _ if run && task.service.is_some() => Err(SessionError::usage(
            format!("`{name}` is a service: it lives on, and is learned by its plan alone"),
            "leave `--run` out",
        )),
        _ => Ok(name.clone()),
    }
}

fn tell(global: &Global, request: &LearnRequest, learning: &Learning, learned: &Learned) {
    let lines = grant_lines(&learned.allow);
    let (policy, outside): (Vec<&Effect>, Vec<&Effect>) = learned.refused.iter().partition(|effect| learning.allows(effect));
    let line = |effect: &Effect| match Grants::default().check(effect, Key::Infrafile) {
        Err(refusal) => refusal.line,
        Ok(()) => String::new(),
    };
    if request.json {
        let told = json!({
            "task": learning.task,
            "allow": lines,
            "outside": outside.iter().map(|effect| line(effect)).collect::<Vec<_>>(),
            "policy": policy.iter().map(|effect| line(effect)).collect::<Vec<_>>(),
            "never": learned.never,
        });
        print(&serde_json::to_string_pretty(&told).unwrap_or_default());
        return;
    }
    if lines.is_empty() {
        print("allow = []");
    } else {
        print(&format!("allow = [\n{}\n]", lines.iter().map(|line| format!("  {{ {line} }},")).collect::<Vec<_>>().join("\n")));
    }
    for effect in &outside {
        let text = format!("outside of the bound, and not in `allow`: {} {}", effect.kind(), effect.summary());
        status::warn(global, format!("{text}\n  hint: `--within '{}'` lets it go on from there", line(effect)));
    }
    for effect in &policy {
        status::warn(global, format!("refused by the policy, and not in `allow`: {} {}", effect.kind(), effect.summary()));
    }
    for never in &learned.never {
        status::warn(global, format!("never learned: {never}"));
    }
    if !request.run {
        status::say(
            global,
            "A plan runs no program and sends nothing: what they would do besides is not seen. `--run --within GRANT` sees it."
                .to_owned(),
        );
    }
}
