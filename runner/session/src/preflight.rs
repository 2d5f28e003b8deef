use crate::components::Components;
use crate::error::SessionError;
use infra_event::{Invocation, Limits, Mode, RunId};
use infra_host::Host;
use infra_plan::{Output, Outputs, Plan, Step, Work};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Nothing has run yet.
struct Nothing;

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

/// Compares what every step asks for with what it is granted. All missing grants at once, as lines to add.
pub(crate) async fn grants(host: &Host, plan: &Plan, components: &Components, run: &RunId) -> Result<(), SessionError> {
    let mut missing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for step in plan.steps.iter().filter(|step| step.skip.is_none()) {
        for line in missing_of(host, step, components, run).await? {
            let lines = missing.entry(&step.task).or_default();
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let mut text = "tasks ask for more than they are granted; nothing was run".to_owned();
    for (task, lines) in missing {
        let _ = write!(text, "\n  [tasks.{task}] lacks in `allow`:");
        for line in lines {
            let _ = write!(text, "\n    {{ {line} }}");
        }
    }
    Err(SessionError::Refused(text))
}

/// A step whose arguments come from another step is checked when they are known.
async fn missing_of(host: &Host, step: &Step, components: &Components, run: &RunId) -> Result<Vec<String>, SessionError> {
    let Work::Component { uses, .. } = &step.work else { return Ok(vec![]) };
    let Some(component) = components.get(&uses.value) else { return Ok(vec![]) };
    let Ok(prepared) = step.prepare(&Nothing) else { return Ok(vec![]) };
    if prepared.args.unknown().is_some() {
        return Ok(vec![]);
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
        let message = format!("the task `{}` cannot say what it needs: {}", step.task, error.message);
        SessionError::from(infra_event::TaskError { message, ..error })
    })?;
    Ok(prepared.grants.missing(&needed))
}
