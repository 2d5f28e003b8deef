use crate::backoff::backoff;
use crate::{Attempt, Events, Executor, Finished, Found};
use futures_util::FutureExt as _;
use infra_event::{ErrorCode, Event, Mode, Outcome, StepId, TaskError, Timestamp};
use infra_plan::{Plan, Prepared};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// One step, from its first attempt to its last.
pub(crate) struct Attempts {
    pub plan: Arc<Plan>,
    pub mode: Mode,
    pub step: StepId,
    pub prepared: Arc<Prepared>,
    pub executor: Arc<dyn Executor>,
    pub events: Events,
    pub cancel: CancellationToken,
}

impl Attempts {
    /// Tries until it succeeds, until trying again is no use, or until the attempts are used up.
    pub(crate) async fn run(self) -> (StepId, Outcome) {
        let started = Instant::now();
        let (mut number, mut changed) = (1, false);
        let outcome = loop {
            (self.events)(Event::StepStarted { step: self.step, at: Timestamp::now(), attempt: number });
            let finished = self.attempt(number).await;
            changed |= finished.changed;
            let error = match finished.result {
                Ok(output) => break succeeded(output, changed, finished.found),
                Err(error) => error,
            };
            if self.cancel.is_cancelled() && error.code == ErrorCode::CANCELLED {
                break Outcome::Cancelled;
            }
            if error.code == ErrorCode::UNKNOWN && self.mode == Mode::Plan {
                break Outcome::Unknown { because: error.message };
            }
            if !self.tries_again(number, &error).await {
                // A program that is told to stop fails in its own way. A defect is one at any time.
                let stopped = self.cancel.is_cancelled() && error.code != ErrorCode::DEFECT;
                break if stopped { Outcome::Cancelled } else { Outcome::Failed { error } };
            }
            number += 1;
        };
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        (self.events)(Event::StepFinished { step: self.step, at: Timestamp::now(), duration_ms, outcome: outcome.clone() });
        (self.step, outcome)
    }

    async fn attempt(&self, number: u32) -> Finished {
        let time_limit = self.plan.step(self.step).and_then(|step| step.timeout);
        let attempt =
            Attempt { step: self.step, prepared: Arc::clone(&self.prepared), number, time_limit, cancel: self.cancel.clone() };
        let executor = Arc::clone(&self.executor);
        // A defect of the runner in one step is that step's failure. It is no task of its own: dropped with the step, it is gone.
        let finished = AssertUnwindSafe(async move { executor.execute(attempt).await }).catch_unwind().await;
        finished.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Finished::run(Err(defect(&text)), false)
        })
    }

    /// Waits before the next attempt, where there is one.
    async fn tries_again(&self, number: u32, error: &TaskError) -> bool {
        let Some(step) = self.plan.step(self.step) else { return false };
        if number >= step.retries.attempts || self.cancel.is_cancelled() || hopeless(&error.code) {
            return false;
        }
        let delay = backoff(step.retries.backoff, step.retries.limit, number);
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        (self.events)(Event::StepRetry { step: self.step, attempt: number, delay_ms, error: error.clone() });
        tokio::select! {
            () = tokio::time::sleep(delay) => true,
            () = self.cancel.cancelled() => false,
        }
    }
}

fn succeeded(output: serde_json::Value, changed: bool, found: Option<Found>) -> Outcome {
    match found {
        Some(found) => Outcome::UpToDate { output, restored: found == Found::Restored },
        None => Outcome::Succeeded { output, changed },
    }
}

/// The runner itself went wrong.
pub(crate) fn defect(what: &str) -> TaskError {
    TaskError::new(ErrorCode::DEFECT, format!("the runner failed while it ran the step: {what}"))
        .hint("this is a defect of infra: please report it")
}

/// The same call fails the same way.
fn hopeless(code: &str) -> bool {
    [
        ErrorCode::DENIED,
        ErrorCode::INVALID,
        ErrorCode::UNSUPPORTED,
        ErrorCode::COMPONENT,
        ErrorCode::LIMIT,
        ErrorCode::TRAP,
        ErrorCode::DEFECT,
    ]
    .contains(&code)
}
