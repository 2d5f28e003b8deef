use crate::TaskLog;
use crate::task_log::LogLines;
use infra_event::{Digest, LogStream};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::{Deterministic, HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder};

/// WASI with nothing in it: no files, no environment, no sockets. Both outputs are the task's log.
pub(crate) fn context(log: &Arc<TaskLog>) -> WasiCtx {
    builder(log).build()
}

/// The same with a clock that stands, and random numbers from a seed.
pub(crate) fn frozen(log: &Arc<TaskLog>, seed: Digest) -> WasiCtx {
    let block = |number: u32| *Digest::of(&[seed.as_bytes().as_slice(), &number.to_le_bytes()].concat()).as_bytes();
    let random = || Deterministic::new((0..RANDOM_BLOCKS).flat_map(block).collect());
    let mut number = [0; 16];
    number.copy_from_slice(&seed.as_bytes()[..16]);
    builder(log)
        .wall_clock(StandingClock)
        .monotonic_clock(StandingClock)
        .secure_random(random())
        .insecure_random(random())
        .insecure_random_seed(u128::from_le_bytes(number))
        .build()
}

/// After 8 KiB the numbers begin anew.
const RANDOM_BLOCKS: u32 = 256;

/// The first second of the year 2000, for ever.
struct StandingClock;

const STANDS_AT: Duration = Duration::from_secs(946_684_800);

impl HostWallClock for StandingClock {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        STANDS_AT
    }
}

impl HostMonotonicClock for StandingClock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        0
    }
}

fn builder(log: &Arc<TaskLog>) -> WasiCtxBuilder {
    let output = |stream| LogOutput { log: Arc::clone(log), stream };
    let mut builder = WasiCtxBuilder::new();
    builder
        .stdout(output(LogStream::Stdout))
        .stderr(output(LogStream::Stderr))
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false);
    builder
}

struct LogOutput {
    log: Arc<TaskLog>,
    stream: LogStream,
}

impl IsTerminal for LogOutput {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogOutput {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(LogWriter(self.log.stream(self.stream)))
    }
}

struct LogWriter(LogLines);

impl AsyncWrite for LogWriter {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.write(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
