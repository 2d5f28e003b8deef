use futures_util::future::BoxFuture;
use infra_event::{Event, StepId, TaskError};
use infra_plan::Prepared;
use serde_json::Value as Json;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Where events go, in order.
pub type Events = Arc<dyn Fn(Event) + Send + Sync>;

/// Runs one attempt of one step.
pub trait Executor: Send + Sync {
    /// Runs it. When `cancel` fires, the attempt ends soon, with all that it left half-done settled.
    fn execute(&self, attempt: Attempt) -> BoxFuture<'static, Finished>;
}

/// One attempt of one step.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The step.
    pub step: StepId,
    /// With everything known.
    pub prepared: Arc<Prepared>,
    /// From 1.
    pub number: u32,
    /// The longest that it may take.
    pub time_limit: Option<Duration>,
    /// Ends it.
    pub cancel: CancellationToken,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The output.
    pub result: Result<Json, TaskError>,
    /// Whether it changed anything.
    pub changed: bool,
    /// Where it was not run: how it was found to be done already.
    pub found: Option<Found>,
}

/// How a step was found to be done already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// As it was left.
    UpToDate,
    /// Outputs were brought back from the store.
    Restored,
}

impl Finished {
    /// It was run, and ended so.
    #[must_use]
    pub const fn run(result: Result<Json, TaskError>, changed: bool) -> Self {
        Self { result, changed, found: None }
    }
}
