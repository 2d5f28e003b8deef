use super::denial::Denial;
use super::options::Stop;
use super::scratch::{Scratch, Scratches};
use crate::TaskLog;
use crate::bindings::infra::task::types::ExitStatus;
use crate::permit_slot::{PermitSlot, Slot};
use infra_event::{ErrorCode, LogStream, TaskError};
use infra_gate::Permit;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// How long the journal and others take beside a program that ends.
const BESIDE: Duration = Duration::from_secs(15);

/// How long the output of what could not be killed is waited for.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Watches one program, whoever still holds it: ends the permit when the program ends, and stops the program when the step is cancelled.
#[derive(Debug)]
pub(super) struct Supervisor {
    orders: mpsc::UnboundedSender<Order>,
    ended: Ended,
    permit: PermitSlot,
    /// What the journal is told beside the exit code.
    pub(super) note: Option<String>,
    /// What to tell where the program fails because it is confined, and where to tell it.
    pub(super) denial: Option<(Arc<Denial>, Arc<TaskLog>)>,
}

/// How a program ended, once it has.
pub(super) type Ended = watch::Receiver<Option<Result<infra_confine::ExitStatus, String>>>;

#[derive(Clone, Copy, Debug)]
enum Order {
    Signal(i32),
    Stop,
}

impl Supervisor {
    /// Starts a program and watches it. `pumps` carry its output; its end is told when they are done. A program that is being started
    /// when the step is cancelled is stopped as soon as it runs.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) async fn start(
        starting: impl Future<Output = Result<infra_confine::Running, TaskError>> + Send + 'static,
        mut permit: Permit,
        (scratch, again): (Scratch, Option<Scratches>),
        end: Stop,
        pumps: Vec<JoinHandle<()>>,
    ) -> Result<Self, TaskError> {
        let (orders, received) = mpsc::unbounded_channel();
        let (started, is_started) = oneshot::channel();
        let (tell, ended) = watch::channel(None);
        tokio::spawn(async move {
            let result = match starting.await {
                Ok(program) => {
                    let _ = started.send(Ok(()));
                    let result = supervise(program, received, end).await;
                    finish(pumps, result.as_ref().is_ok_and(|status| status.left_alive > 0)).await;
                    result.map_err(|error| error.to_string())
                }
                Err(error) => {
                    let message = error.message.clone();
                    let _ = started.send(Err(error));
                    Err(message)
                }
            };
            // The program's own directory goes with the program. What is left alive of it may still hold it.
            let again = again.filter(|_| matches!(&result, Ok(status) if status.left_alive == 0));
            let used = match again {
                Some(scratches) => scratches.give_back(scratch).err(),
                None => Some(scratch),
            };
            if let Some(used) = used {
                let _ = tokio::task::spawn_blocking(move || drop(used)).await;
            }
            let _ = tell.send(Some(result));
        });
        let (stop, mut stopped) = (orders.clone(), ended.clone());
        permit.patience(end.grace + BESIDE);
        permit.on_cancel(move || {
            Box::pin(async move {
                let _ = stop.send(Order::Stop);
                let _ = stopped.wait_for(Option::is_some).await;
                Ok(())
            })
        });
        let supervisor = Self { orders, ended, permit: PermitSlot::new(Some(permit)), note: None, denial: None };
        match is_started.await {
            Ok(Ok(())) => Ok(supervisor),
            Ok(Err(error)) => supervisor.failed(error),
            Err(_) => supervisor.failed(TaskError::new(ErrorCode::CANCELLED, "the runner is ending")),
        }
    }

    fn failed(self, error: TaskError) -> Result<Self, TaskError> {
        self.permit.share().failed(&error);
        Err(error)
    }

    /// What cancels the program when it is dropped, as this does.
    pub(super) fn permit(&self) -> Slot {
        self.permit.share()
    }

    /// Becomes known when the program has ended.
    pub(super) fn ended(&self) -> Ended {
        self.ended.clone()
    }

    pub(super) fn signal(&self, number: i32) {
        let _ = self.orders.send(Order::Signal(number));
    }

    pub(super) async fn wait(&mut self) -> Result<ExitStatus, TaskError> {
        let ended = match self.ended.wait_for(Option::is_some).await {
            Ok(ended) => ended.clone(),
            Err(_) => None,
        };
        let result = match ended {
            Some(Ok(status)) => Ok(status),
            Some(Err(message)) => Err(TaskError::new(ErrorCode::DEFECT, message)),
            None => Err(TaskError::new(ErrorCode::CANCELLED, "the runner is ending")),
        };
        match &result {
            Ok(status) => {
                if let Some((denial, log)) = self.denial.take().filter(|_| status.code != Some(0))
                    && let Some(advice) = denial.advice()
                {
                    log.add(LogStream::Warning, advice);
                }
                let note = self.note.as_ref().map(|note| format!(", {note}")).unwrap_or_default();
                self.permit.share().done(Some(format!("{}{note}", describe(status))));
            }
            Err(error) => self.permit.share().failed(error),
        }
        result.map(|status| ExitStatus {
            code: status.code,
            signal: status.signal,
            duration_ms: u64::try_from(status.duration.as_millis()).unwrap_or(u64::MAX),
        })
    }

    pub(super) async fn stop(mut self) {
        let _ = self.orders.send(Order::Stop);
        let _ = self.wait().await;
    }
}

/// Nobody holds the program any more. All programs of a step are told at once, so that the grace of one does not begin after another's.
impl Drop for Supervisor {
    fn drop(&mut self) {
        let _ = self.orders.send(Order::Stop);
    }
}

/// Waits for the end of a program, and brings it about when that is asked for.
async fn supervise(
    mut program: infra_confine::Running,
    mut received: mpsc::UnboundedReceiver<Order>,
    end: Stop,
) -> Result<infra_confine::ExitStatus, infra_confine::ConfineError> {
    loop {
        tokio::select! {
            result = program.wait() => return result,
            order = received.recv() => match order {
                Some(Order::Signal(number)) => { let _ = program.signal(number); }
                Some(Order::Stop) | None => {
                    let _ = program.signal(end.signal);
                    // What is stopped could not end.
                    let _ = program.signal(rustix::process::Signal::CONT.as_raw());
                    if let Ok(result) = tokio::time::timeout(end.grace, program.wait()).await {
                        return result;
                    }
                    let _ = program.signal(rustix::process::Signal::KILL.as_raw());
                    return program.wait().await;
                }
            },
        }
    }
}

/// Waits for the last output. Who could not be killed may hold the pipes open for ever.
async fn finish(pumps: Vec<JoinHandle<()>>, left_alive: bool) {
    for mut pump in pumps {
        if left_alive && tokio::time::timeout(LAST_WORDS, &mut pump).await.is_err() {
            pump.abort();
        } else if !pump.is_finished() {
            let _ = pump.await;
        }
    }
}

fn describe(status: &infra_confine::ExitStatus) -> String {
    match (status.code, status.signal) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "unknown end".to_owned(),
    }
}
