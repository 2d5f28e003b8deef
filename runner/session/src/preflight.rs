use crate::components::Components;
use crate::error::SessionError;
use crate::learning::Learning;
use infra_effect::{Grants, PathPattern};
use infra_event::{ErrorCode, Invocation, Limits, Mode, RunId, TaskError};
use infra_gate::Policy;
use infra_host::Host;
use infra_infrafile::{Diagnostic, Diagnostics, Infrafile, Spanned};
use infra_plan::{Output, Outputs, Plan, Step, Work};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Nothing has run yet.
pub(crate) struct Nothing;

impl Outputs for Nothing {
    fn output(&self, _: infra_event::StepId) -> Output {
        Output::Unknown
    }
}

/// What must be there before anything runs. All that is missing at once.
pub(crate) fn preconditions(host: &Host, plan: &Plan) -> Result<(), SessionError> {
    let mut missing = String::new();
    for precondition in &plan.preconditions {
        if host.world().paths.root().join(&precondition.path).exists() {
            continue;
        }
        let message = precondition.message.clone().unwrap_or_else(|| format!("`{}` does not exist", precondition.path));
        let _ = write!(missing, "\n  {}: {message}", precondition.task);
        if let Some(hint) = &precondition.hint {
            let _ = write!(missing, "\n    hint: {hint}");
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(SessionError::Failed {
        message: format!("what tasks need is not there:{missing}"),
        hint: None,
        code: infra_event::ExitCode::Failed,
    })
}

/// What a plan is checked with.
pub(crate) struct Checked<'a> {
    pub host: &'a Host,
    pub infrafile: &'a Infrafile,
    pub components: &'a Components,
    pub run: &'a RunId,
}

/// Compares what every step asks for with what it is granted, by the Infrafile and by the policy. All that is wrong at once. What the task
/// that is learned asks for is taken down.
pub(crate) async fn grants(
    checked: &Checked<'_>,
    plan: &Plan,
    policy: &Policy,
    learning: Option<&Learning>,
) -> Result<(), SessionError> {
    let Checked { host, infrafile, components, run } = *checked;
    let mut missing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut lacking: Vec<String> = Vec::new();
    let mut wrong = Vec::new();
    for step in plan.steps.iter().filter(|step| step.skip.is_none()) {
        match needed_by(host, step, components, run).await {
            Ok(Some((_, needed))) if learning.is_some_and(|learning| learning.task == step.task) => {
                learning.inspect(|learning| learning.declares(&needed));
            }
            Ok(Some((granted, needed))) => {
                let lines = granted.missing(&needed);
                if !lines.is_empty() {
                    add(missing.entry(&step.task).or_default(), lines);
                }
                add(&mut lacking, policy.missing(&needed));
            }
            Ok(None) => {}
            Err((uses, error)) if error.code == ErrorCode::INVALID => {
                let help = format!("`infra inspect {}` shows what it takes", uses.value);
                let diagnostic = Diagnostic::at(&uses.at, error.message, "used here").help(help);
                if !wrong.contains(&diagnostic) {
                    wrong.push(diagnostic);
                }
            }
            Err((_, error)) => return Err(error.into()),
        }
    }
    if !wrong.is_empty() {
        return Err(Diagnostics { all: wrong, sources: infrafile.sources.clone(), usage: false }.into());
    }
    if missing.is_empty() && lacking.is_empty() {
        return Ok(());
    }
    let mut text = "tasks ask for more than they are granted; nothing was run".to_owned();
    for (task, lines) in missing {
        let _ = write!(text, "\n  [tasks.{task}] lacks in `allow`:");
        for line in lines {
            let _ = write!(text, "\n    {{ {line} }}");
        }
    }
    if !lacking.is_empty() {
        let path = policy.path().map_or_else(String::new, |path| format!(" {}", path.display()));
        let _ = write!(text, "\n  the policy{path} lacks:");
        for line in lacking {
            let _ = write!(text, "\n    {line}");
        }
    }
    Err(SessionError::Refused(text))
}

fn add(lines: &mut Vec<String>, more: Vec<String>) {
    for line in more {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
}

/// What a step has and what it needs. None where that is not known yet: a step whose arguments come from another step is checked when they
/// are known.
pub(crate) async fn needed_by<'s>(
    host: &Host,
    step: &'s Step,
    components: &Components,
    run: &RunId,
) -> Result<Option<(Grants, Grants)>, (&'s Spanned<String>, TaskError)> {
    let Work::Component { uses, .. } = &step.work else { return Ok(None) };
    let Some(component) = components.get(&uses.value) else { return Ok(None) };
    let Ok(prepared) = step.prepare(&Nothing) else { return Ok(None) };
    if prepared.args.unknown().is_some() {
        return Ok(None);
    }
    let invocation = Invocation {
        run: run.clone(),
        step: step.id,
        task: step.name.clone(),
        component: component.digest(),
        args: prepared.args.to_json(),
        env: BTreeMap::new(),
        dir: prepared.dir,
        grants: serde_json::Value::Null,
        limits: Limits { ..step.limits },
        attempt: 1,
        mode: Mode::Plan,
        interactive: false,
    };
    let needed = host.requires(component, invocation).await.map_err(|error| {
        let message = match error.code.as_str() {
            ErrorCode::INVALID => format!("the arguments of the task `{}` are wrong: {}", step.task, error.message),
            _ => format!("the task `{}` cannot say what it needs: {}", step.task, error.message),
        };
        (uses, TaskError { message, ..error })
    })?;
    let world = host.world();
    Ok(Some((world.at_home(&prepared.grants), canonical(host, world.at_home(&needed)))))
}

/// The paths as effects name them, so that a line to add is one that helps.
fn canonical(host: &Host, mut needed: Grants) -> Grants {
    for PathPattern(path) in needed.files.read.iter_mut().chain(&mut needed.files.write) {
        if !path.contains('*')
            && let Ok(canonical) = host.world().paths.canonical(path)
        {
            *path = canonical.shown;
        }
    }
    needed
}
