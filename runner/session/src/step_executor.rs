use crate::components::Components;
use crate::freshness::Freshness;
use crate::learning::Learning;
use crate::reporting::Lender;
use crate::service::{Services, Start};
use crate::tracked::Tracked;
use futures_util::future::BoxFuture;
use infra_engine::{Attempt, Events, Executor, Finished};
use infra_event::{ErrorCode, Invocation, Mode, Outcome, RunId, TaskError};
use infra_gate::{Gate, GateConfig, Masker, Policy};
use infra_host::{Call, Host};
use infra_plan::{Plan, Step, Work};
use std::collections::HashMap;
use std::sync::Arc;

/// Runs attempts in the sandbox, through the gate.
pub(crate) struct StepExecutor(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub run: RunId,
    pub plan: Arc<Plan>,
    pub components: Components,
    pub host: Host,
    pub gate: Gate,
    pub policy: Policy,
    pub events: Events,
    pub lender: Lender,
    pub services: Services,
    /// Where steps of the plan say what they are made from.
    pub freshness: Option<Arc<Freshness>>,
    /// For a resumed run: how steps ended before, by name.
    pub before: HashMap<String, Outcome>,
    /// The task that is learned.
    pub learning: Option<Arc<Learning>>,
}

impl Executor for StepExecutor {
    fn execute(&self, attempt: Attempt) -> BoxFuture<'static, Finished> {
        let parts = Arc::clone(&self.0);
        Box::pin(async move { parts.execute(attempt).await })
    }
}

impl Parts {
    async fn execute(&self, attempt: Attempt) -> Finished {
        let failed = |error| Finished::run(Err(error), false);
        let Some(step) = self.plan.step(attempt.step) else {
            return failed(TaskError::new(ErrorCode::DEFECT, "the step is not in the plan"));
        };
        let Work::Component { uses, .. } = &step.work else {
            return Finished::run(Ok(serde_json::Value::Null), false);
        };
        let Some(component) = self.components.get(&uses.value) else {
            return failed(TaskError::new(ErrorCode::DEFECT, format!("`{}` is not loaded", uses.value)));
        };
        if let Some(learning) = self.learning.as_ref().filter(|learning| learning.task == step.task) {
            return self.learned(learning, step, component, &attempt).await;
        }
        if step.service.is_some() {
            let call = self.call(step, component, &attempt, Mode::Run);
            let start = Start {
                step,
                uses: &uses.value,
                ready: attempt.prepared.ready.clone(),
                invocation: call.invocation,
                time_limit: call.time_limit,
                cancel: call.cancel,
                events: Arc::clone(&self.events),
            };
            if self.gate.mode().performs() {
                return self.services.start(start).await;
            }
            if let Some(output) = self.services.unchanged(&start) {
                return Finished::run(Ok(output), false);
            }
        }
        if let (Some(freshness), Some(patterns)) = (&self.freshness, &attempt.prepared.up_to_date) {
            return Tracked { parts: self, freshness, patterns, step, component, attempt: &attempt }.run().await;
        }
        if let Some(done) = self.done_before(step, component, &attempt).await {
            return done;
        }
        let _terminal = if step.interactive { self.lender.lend().await } else { None };
        let finished = self.host.run(component, self.call(step, component, &attempt, self.gate.mode()), &self.gate).await;
        if let Some(freshness) = self.freshness.as_ref().filter(|_| finished.changed || finished.result.is_err()) {
            freshness.changed(step.id);
        }
        Finished::run(finished.result, finished.changed)
    }

    pub(crate) fn call(&self, step: &Step, component: &infra_sandbox::Component, attempt: &Attempt, mode: Mode) -> Call {
        let prepared = &attempt.prepared;
        Call {
            invocation: Invocation {
                run: self.run.clone(),
                step: step.id,
                task: step.name.clone(),
                component: component.digest(),
                args: prepared.args.to_json(),
                env: prepared.env.clone(),
                dir: prepared.dir.clone(),
                grants: serde_json::to_value(&prepared.grants).unwrap_or_default(),
                limits: step.limits,
                attempt: attempt.number,
                mode,
                interactive: step.interactive,
            },
            grants: Arc::new(prepared.grants.clone()),
            time_limit: attempt.time_limit,
            cancel: attempt.cancel.clone(),
            events: Arc::clone(&self.events) as infra_gate::EventSink,
        }
    }

    /// A step of the task that is learned: what it asks of the world is taken down.
    async fn learned(
        &self,
        learning: &Learning,
        step: &Step,
        component: &infra_sandbox::Component,
        attempt: &Attempt,
    ) -> Finished {
        let _terminal = if step.interactive { self.lender.lend().await } else { None };
        let call = self.call(step, component, attempt, self.gate.mode());
        let (finished, trace) = self.host.run_traced(component, call, &self.gate, None).await;
        learning.saw(trace, &attempt.prepared.grants, self.gate.masker());
        Finished::run(finished.result, finished.changed)
    }

    /// In a resumed run, a step that succeeded before is planned first: where nothing is left to do, it is done. What a plan cannot know
    /// keeps the result that it had.
    async fn done_before(&self, step: &Step, component: &infra_sandbox::Component, attempt: &Attempt) -> Option<Finished> {
        let Some(Outcome::Succeeded { output, .. } | Outcome::UpToDate { output, .. }) = self.before.get(&step.name) else {
            return None;
        };
        if self.gate.mode() != Mode::Resume || attempt.number > 1 {
            return None;
        }
        let config = GateConfig { mode: Mode::Plan, policy: self.policy.clone(), journal: None, masker: Masker::default() };
        let mut call = self.call(step, component, attempt, Mode::Plan);
        call.events = Arc::new(|_| {});
        let planned = self.host.run(component, call, &Gate::new(config)).await;
        match planned.result {
            Ok(output) if !planned.changed => Some(Finished::run(Ok(output), false)),
            Err(error) if error.code == ErrorCode::UNKNOWN => Some(Finished::run(Ok(output.clone()), false)),
            _ => None,
        }
    }
}
