use crate::freshness::{After, Before, Freshness, key};
use crate::step_executor::Parts;
use infra_engine::{Attempt, Finished, Found};
use infra_event::{ErrorCode, Event, LogStream, Mode, TaskError};
use infra_freshness::{Facts, StepLock};
use infra_host::Call;
use infra_plan::{Patterns, Step};
use infra_sandbox::Component;
use serde_json::Value as Json;
use std::sync::Arc;
use std::time::Duration;

/// How often a step that another run is at is asked for.
const PAUSE: Duration = Duration::from_millis(50);

/// A step that says what it is made from: it runs only where something of that has changed.
pub(crate) struct Tracked<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) freshness: &'a Arc<Freshness>,
    pub(crate) patterns: &'a Patterns,
    pub(crate) step: &'a Step,
    pub(crate) component: &'a Component,
    pub(crate) attempt: &'a Attempt,
}

impl Tracked<'_> {
    pub(crate) async fn run(&self) -> Finished {
        let Self { parts, freshness, patterns, step, component, attempt } = *self;
        let facts = freshness.facts(&parts.plan, step, &attempt.prepared, patterns, component.digest());
        if !freshness.force
            && (parts.gate.mode().performs() || !freshness.follows_a_change(&parts.plan, step.id))
            && let Some(record) = freshness.index.get(&step.name)
            && freshness.glance(&record, facts.digest())
        {
            freshness.ended(step.id, &record.outputs);
            return found(record.output, false);
        }
        if parts.gate.mode().performs() { self.made(facts).await } else { self.planned(facts).await }
    }

    /// In a plan nothing is brought back and nothing is kept.
    async fn planned(&self, facts: Facts) -> Finished {
        let Self { parts, freshness, patterns, step, .. } = *self;
        let (known, own, patterns) = (Arc::clone(freshness), step.clone(), patterns.clone());
        let looked = !freshness.force && !freshness.follows_a_change(&parts.plan, step.id);
        let done = blocking(move || Ok(looked.then(|| known.done(&own, &facts, &patterns)).flatten())).await;
        if let Ok(Some(output)) = done {
            return found(output, false);
        }
        let finished = parts.host.run(self.component, self.call(Mode::Plan), &parts.gate).await;
        freshness.changed(step.id);
        Finished::run(finished.result, finished.changed)
    }

    async fn made(&self, facts: Facts) -> Finished {
        let Self { parts, freshness, patterns, step, component, attempt } = *self;
        let _lock = match self.lock().await {
            Ok(lock) => lock,
            Err(error) => return Finished::run(Err(error), false),
        };
        let facts = Arc::new(facts);
        let before = {
            let (known, own, facts, patterns) = (Arc::clone(freshness), step.clone(), Arc::clone(&facts), patterns.clone());
            blocking(move || known.before(&own, &facts, &patterns).map_err(|error| input_output(&own, &error))).await
        };
        let (inputs, reasons) = match before {
            Ok(Before::Fresh { output, restored, outputs }) => {
                freshness.ended(step.id, &outputs);
                return found(output, restored);
            }
            Ok(Before::Run { inputs, reasons }) => (inputs, reasons),
            Err(error) => return Finished::run(Err(error), false),
        };
        let seed = patterns.cache.then(|| key(facts.digest(), &inputs));
        let _terminal = if step.interactive { parts.lender.lend().await } else { None };
        let (finished, trace) = parts.host.run_traced(component, self.call(parts.gate.mode()), &parts.gate, seed).await;
        let output = finished.result.as_ref().ok().cloned();
        let after = {
            let (known, own, patterns) = (Arc::clone(freshness), step.clone(), patterns.clone());
            let grants = parts.host.world().at_home(&attempt.prepared.grants);
            blocking(move || {
                let (step, facts, patterns, grants) = (&own, &*facts, &patterns, &grants);
                Ok(known.after(After { step, facts, patterns, grants, inputs, reasons, trace, output }))
            })
            .await
        };
        if let Ok((reasons, outputs)) = after {
            freshness.ended(step.id, &outputs);
            for reason in reasons {
                let kept = if patterns.cache { "not kept" } else { "it will run again" };
                let text = format!("{kept}: {reason}");
                (parts.events)(Event::StepLog { step: step.id, stream: LogStream::Warning, text });
            }
        }
        Finished::run(finished.result, finished.changed)
    }

    fn call(&self, mode: Mode) -> Call {
        self.parts.call(self.step, self.component, self.attempt, mode)
    }

    /// Waits until no other run is at the step.
    async fn lock(&self) -> Result<StepLock, TaskError> {
        loop {
            let (known, own) = (Arc::clone(self.freshness), self.step.clone());
            let taken = blocking(move || known.index.try_lock(&own.name).map_err(|error| input_output(&own, &error))).await?;
            if let Some(lock) = taken {
                return Ok(lock);
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = self.attempt.cancel.cancelled() => return Err(TaskError::new(ErrorCode::CANCELLED, "the step was cancelled")),
            }
        }
    }
}

const fn found(output: Json, restored: bool) -> Finished {
    Finished { result: Ok(output), changed: restored, found: Some(if restored { Found::Restored } else { Found::UpToDate }) }
}

fn input_output(step: &Step, error: &std::io::Error) -> TaskError {
    TaskError::new(ErrorCode::INPUT_OUTPUT, format!("whether `{}` is up to date cannot be found out: {error}", step.name))
        .hint("look at the files that `inputs` and `outputs` name, or run it with `--force`")
}

/// Runs blocking work where it holds up nobody.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, TaskError> + Send + 'static) -> Result<T, TaskError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(TaskError::new(ErrorCode::CANCELLED, "the runner is ending")),
    }
}
