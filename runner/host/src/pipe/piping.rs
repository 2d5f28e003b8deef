use super::filter::{self, Filter};
use super::flow::{self, Flow, Receiver, Sender, Stop};
use super::measure::Measure;
use super::sink::Sink;
use super::source::Source;
use crate::docker::Operation;
use crate::permit_slot::PermitSlot;
use infra_event::{ErrorCode, TaskError};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use wasmtime_wasi::p2::Pollable;

/// How often the task hears how far it is.
const PAUSE: Duration = Duration::from_millis(200);

/// A pipe under way; dropping it stops it.
#[derive(Debug)]
pub struct Piping {
    positions: Operation<Position>,
    measured: Arc<OnceLock<Measured>>,
    // Dropped after the work has been stopped: each end then counts as cancelled, and is undone before the step ends.
    _permits: Vec<PermitSlot>,
}

/// How far it is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) read: u64,
    pub(super) written: u64,
    pub(super) total: Option<u64>,
}

/// What went through.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub(super) read: u64,
    pub(super) read_sha256: String,
    pub(super) written: u64,
    pub(super) written_sha256: String,
    pub(super) duration: Duration,
}

/// What the source must be.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    pub(super) size: Option<u64>,
    pub(super) sha256: Option<String>,
}

impl Piping {
    pub(super) fn start(source: Source, filters: Vec<Filter>, sink: Sink, expected: Expected) -> Self {
        let permits = std::iter::once(source.hold()).chain(sink.hold()).collect();
        let measured = Arc::new(OnceLock::new());
        let told = Arc::clone(&measured);
        let positions = Operation::start(None, move |sender| work(source, filters, sink, expected, sender, told));
        Self { positions, measured, _permits: permits }
    }

    pub(super) async fn next(&mut self) -> Result<Option<Position>, TaskError> {
        self.positions.next().await
    }

    pub(super) fn measured(&self) -> Result<Measured, TaskError> {
        self.measured.get().cloned().ok_or_else(|| {
            TaskError::new(ErrorCode::INVALID, "the pipe has not ended well").hint("call `next` until it yields nothing")
        })
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Piping {
    async fn ready(&mut self) {
        self.positions.ready().await;
    }
}

async fn work(
    source: Source,
    filters: Vec<Filter>,
    sink: Sink,
    expected: Expected,
    told: mpsc::Sender<Result<Position, TaskError>>,
    measured: Arc<OnceLock<Measured>>,
) -> Result<(), TaskError> {
    let begun = Instant::now();
    let total = source.size().or(expected.size);
    let (read, plain) = (Arc::new(Measure::default()), filters.is_empty());
    let written = if plain { Arc::clone(&read) } else { Arc::default() };
    let position = || Position { read: read.bytes(), written: written.bytes(), total };
    {
        let (sender, raw) = flow::channel();
        let (filtered, filtering) = filtered(filters, raw);
        let reading = pump(source, &read, expected, sender);
        let writing = sink.drain(Arc::clone(&written), !plain, filtered);
        let all = async {
            let (reading, filtering, writing) = tokio::join!(reading, filtering, writing);
            flow::verdict([reading, filtering, writing])
        };
        tokio::pin!(all);
        let mut ticks = tokio::time::interval(PAUSE);
        loop {
            tokio::select! {
                result = &mut all => break result?,
                _ = ticks.tick() => {
                    // A task that does not look holds nothing up.
                    let _ = told.try_send(Ok(position()));
                }
            }
        }
    }
    let _ = measured.set(Measured {
        read: read.bytes(),
        read_sha256: read.sha256(),
        written: written.bytes(),
        written_sha256: written.sha256(),
        duration: begun.elapsed(),
    });
    let _ = told.try_send(Ok(position()));
    Ok(())
}

/// The source, and its good end where it is what was expected.
async fn pump(source: Source, measure: &Arc<Measure>, expected: Expected, sender: Sender) -> Result<(), Stop> {
    source.pump(measure, &sender).await?;
    if let Some(size) = expected.size.filter(|size| *size != measure.bytes()) {
        return Err(unexpected(&format!("it has {} bytes, and should have {size}", measure.bytes())));
    }
    if let Some(sum) = expected.sha256 {
        let found = measure.sha256();
        if !found.eq_ignore_ascii_case(&sum) {
            return Err(unexpected(&format!("its SHA-256 is {found}, and should be {sum}")));
        }
    }
    sender.send(Flow::End).await.map_err(|_| Stop::BrokenOff)
}

fn unexpected(why: &str) -> Stop {
    let error = TaskError::new(ErrorCode::INVALID, format!("the source is not what was expected: {why}"));
    Stop::Failed(error.hint("it is truncated or damaged, or another one; take another copy"))
}

/// The channel that the sink reads, and the end of the filters.
fn filtered(filters: Vec<Filter>, raw: Receiver) -> (Receiver, impl Future<Output = Result<(), Stop>>) {
    let (receiver, thread) = if filters.is_empty() {
        (raw, None)
    } else {
        let (sender, receiver) = flow::channel();
        let thread = tokio::task::spawn_blocking(move || filter::run(&filters, raw, &sender));
        (receiver, Some(thread))
    };
    let ended = async move {
        match thread {
            Some(thread) => thread.await.unwrap_or(Err(Stop::BrokenOff)),
            None => Ok(()),
        }
    };
    (receiver, ended)
}
