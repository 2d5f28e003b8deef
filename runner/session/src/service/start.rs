use super::handshake::Told;
use super::order::Order;
use super::supervisor::Supervisor;
use super::{Health, Place, Probe, Record};
use crate::directories::{Directories, make_private};
use crate::rooms::Site;
use infra_engine::{Events, Finished};
use infra_event::{ErrorCode, Event, Invocation, LogStream, StepId, TaskError};
use infra_plan::Step;
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long a service has until it is ready, where its task has no `timeout`.
const TIME: Duration = Duration::from_secs(60);
/// How long the end of a service that is not ready in time may take.
const END: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(100);

/// Starts the services of a run.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    /// The project.
    pub site: Site,
    /// The policy that was named on the command line, absolute.
    pub policy: Option<PathBuf>,
    /// Where records are.
    pub directories: Directories,
}

/// A service to start, and how the runner is told and stopped meanwhile.
pub(crate) struct Start<'a> {
    pub step: &'a Step,
    pub uses: &'a str,
    pub ready: Option<String>,
    pub invocation: Invocation,
    pub time_limit: Option<Duration>,
    pub cancel: CancellationToken,
    pub events: Events,
}

impl Services {
    /// The output of the service where it runs with the same definition, and is ready.
    pub(crate) fn unchanged(&self, start: &Start<'_>) -> Option<Json> {
        let (place, order) = self.find(start);
        let record = place.record().filter(|_| place.is_held())?;
        let same = record.definition == order.definition().to_string() && record.health == Health::Ready;
        same.then(|| output(&record))
    }

    /// Makes sure that the service runs and is ready. One that runs with the same definition is left as it is.
    pub(crate) async fn start(&self, start: Start<'_>) -> Finished {
        let limit = start.time_limit.unwrap_or(TIME);
        let cancel = start.cancel.clone();
        let mut supervisor = None;
        let late = || TaskError::new(ErrorCode::TIMEOUT, format!("the service was not ready within {} s", limit.as_secs_f64()));
        let result = tokio::select! {
            result = self.make(&start, &mut supervisor) => result,
            () = cancel.cancelled() => Err(TaskError::new(ErrorCode::CANCELLED, "the step was cancelled")),
            () = tokio::time::sleep_until(Instant::now() + limit) => Err(late().hint("look at its log; raise `timeout` where it needs longer")),
        };
        // What is not ready does not stay.
        if let Some(supervisor) = supervisor {
            let _ = tokio::time::timeout(END, supervisor.end()).await;
        }
        match result {
            Ok((output, changed)) => Finished::run(Ok(output), changed),
            Err(error) => Finished::run(Err(error), false),
        }
    }

    async fn make(&self, start: &Start<'_>, held: &mut Option<Supervisor>) -> Result<(Json, bool), TaskError> {
        Probe::parse(start.ready.as_deref())?;
        let (place, order) = self.find(start);
        let failed = |what: String| TaskError::new(ErrorCode::INPUT_OUTPUT, what);
        make_private(place.parent()).map_err(|error| failed(error.to_string()))?;
        // Two runs that start the same service at once: one of them does.
        let _lock = loop {
            match place.lock().map_err(|error| failed(format!("{}: {error}", place.parent().display())))? {
                Some(lock) => break lock,
                None => tokio::time::sleep(PAUSE).await,
            }
        };
        while let Some(record) = place.record() {
            if place.is_held() && record.definition == order.definition().to_string() {
                match record.health {
                    Health::Ready => return Ok((output(&record), false)),
                    // It is on its way: it will be ready, or end.
                    _ => tokio::time::sleep(PAUSE).await,
                }
                continue;
            }
            if place.is_held() {
                say(start, "its definition has changed: it is stopped and started again");
            }
            super::stop(&place, &record).await.map_err(|error| TaskError::new(ErrorCode::FAILED, error.to_string()))?;
        }
        *held = Some(Supervisor::start(&order).await?);
        loop {
            let told = match held {
                Some(supervisor) => supervisor.next().await,
                None => None,
            };
            match told {
                Some(Told::Event(event)) => (start.events)(*event),
                Some(Told::Failed(error)) => return Err(error),
                Some(Told::Ready) => break,
                None => {
                    let message = "the process that holds the service ended before it was ready";
                    return Err(TaskError::new(ErrorCode::FAILED, message).hint(format!("its log: {}", place.log().display())));
                }
            }
        }
        let record = place.record().ok_or_else(|| failed("the record of the service is gone".to_owned()))?;
        if let Some(supervisor) = held.take() {
            supervisor.let_stay().await?;
        }
        say(start, &format!("it is ready and stays: `infra ps` shows it, `infra stop '{}'` stops it", start.step.name));
        Ok((output(&record), true))
    }

    fn find(&self, start: &Start<'_>) -> (Place, Order) {
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let order = Order {
            site: self.site.clone(),
            policy: self.policy.clone(),
            uses: start.uses.to_owned(),
            invocation: start.invocation.clone(),
            ready: start.ready.clone(),
            restart: start.step.service.as_ref().is_some_and(|service| service.restart),
            backoff_ms: millis(start.step.retries.backoff),
            backoff_limit_ms: millis(start.step.retries.limit),
        };
        (Place::of(&self.directories, &self.site.root, &start.step.name), order)
    }
}

/// What other tasks may ask of it.
fn output(record: &Record) -> Json {
    json!({ "task": record.task, "pid": record.pid, "ready": record.ready, "log": record.log })
}

fn say(start: &Start<'_>, text: &str) {
    let step: StepId = start.step.id;
    (start.events)(Event::StepLog { step, stream: LogStream::Info, text: text.to_owned() });
}
