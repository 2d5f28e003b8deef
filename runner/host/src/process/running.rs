use super::supervisor::Supervisor;
use crate::bindings::infra::task::types::{ExitStatus, Output};
use infra_event::{ErrorCode, TaskError};
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::pipe::Sender;
use tokio::sync::mpsc::Receiver;
use wasmtime_wasi::p2::Pollable;

/// A program under way, as the guest holds it.
#[derive(Debug)]
pub struct Running {
    pub(super) supervisor: Supervisor,
    pub(super) input: Option<Sender>,
    pub(super) output: Receiver<Output>,
    /// An output that was looked at and not taken yet.
    pub(super) peeked: Option<Output>,
    pub(super) closed: bool,
}

impl Running {
    pub(super) const fn new(supervisor: Supervisor, input: Option<Sender>, output: Receiver<Output>) -> Self {
        Self { supervisor, input, output, peeked: None, closed: false }
    }

    /// The next output for the task.
    pub(super) async fn next(&mut self) -> Option<Output> {
        match self.peeked.take() {
            Some(output) => Some(output),
            None => self.output.recv().await,
        }
    }

    pub(super) async fn write(&mut self, data: &[u8]) -> Result<(), TaskError> {
        let Some(input) = &mut self.input else {
            return Err(TaskError::new(ErrorCode::INVALID, "the standard input is closed").hint("start the program with `input`"));
        };
        input.write_all(data).await.map_err(|error| {
            TaskError::new(ErrorCode::INPUT_OUTPUT, format!("the program does not read its standard input any more: {error}"))
        })
    }

    pub(super) fn close_input(&mut self) {
        self.input = None;
    }

    pub(super) fn signal(&self, number: i32) {
        self.supervisor.signal(number);
    }

    pub(super) async fn wait(&mut self) -> Result<ExitStatus, TaskError> {
        self.supervisor.wait().await
    }

    /// TERM, the grace, KILL: dropped by the guest, it is not needed any more.
    pub(super) async fn stop(self) {
        drop(self.output);
        self.supervisor.stop().await;
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Running {
    async fn ready(&mut self) {
        if self.peeked.is_none() && !self.closed {
            self.peeked = self.output.recv().await;
            self.closed = self.peeked.is_none();
        }
    }
}
