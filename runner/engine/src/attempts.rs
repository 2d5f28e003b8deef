use crate::backoff::delay;
use crate::{Attempt, Events, Executor, Finished};
use infra_event::{ErrorCode, Event, Outcome, StepId, TaskError, Timestamp};
use infra_plan::{Plan, Prepared};
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// One step, from its first attempt to its last.
pub(crate) struct Attempts {
    pub plan: Arc<Plan>,
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
                Ok(output) => break Outcome::Succeeded { output, changed },
                Err(error) => error,
            };
            if self.cancel.is_cancelled() && error.code == ErrorCode::CANCELLED {
                break Outcome::Cancelled;
            }
            if error.code == ErrorCode::UNKNOWN {
                break Outcome::Unknown { because: error.message };
            }
            if !self.tries_again(number, &error).await {
                break if self.cancel.is_cancelled() { Outcome::Cancelled } else { Outcome::Failed { error } };
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
        // On a task of its own: a defect of the runner in one step is that step's failure.
        match tokio::spawn(self.executor.execute(attempt)).await {
            Ok(finished) => finished,
            Err(error) => {
                let message = format!("the runner failed while it ran the step: {error}");
                let error = TaskError::new(ErrorCode::DEFECT, message).hint("this is a defect of infra: please report it");
                Finished { result: Err(error), changed: false }
            }
        }
    }

    /// Waits before the next attempt, where there is one.
    async fn tries_again(&self, number: u32, error: &TaskError) -> bool {
        let Some(step) = self.plan.step(self.step) else { return false };
        if number >= step.retries.attempts || self.cancel.is_cancelled() || hopeless(&error.code) {
            return false;
        }
        let delay = delay(step, number);
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        (self.events)(Event::StepRetry { step: self.step, attempt: number, delay_ms, error: error.clone() });
        tokio::select! {
            () = tokio::time::sleep(delay) => true,
            () = self.cancel.cancelled() => false,
        }
    }
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
