use super::supervisor::{Ended, Supervisor};
use crate::bindings::infra::task::types::{ExitStatus, Output};
use crate::permit_slot::Slot;
use crate::secrets::Veil;
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
    /// As it was named: where a secret goes that is written to its input.
    pub(crate) program: String,
    /// Takes out of its output what the task may not know.
    veil: Option<Veil>,
}

impl Running {
    pub(super) const fn new(supervisor: Supervisor, input: Option<Sender>, output: Receiver<Output>, program: String) -> Self {
        Self { supervisor, input, output, peeked: None, closed: false, program, veil: None }
    }

    /// It has secrets that the task may not know.
    pub(super) fn veiled(self, veil: Option<Veil>) -> Self {
        Self { veil, ..self }
    }

    /// The next output, as the task may see it.
    pub(super) async fn next_shown(&mut self) -> Option<Output> {
        loop {
            let next = self.next().await;
            let Some(veil) = &mut self.veil else { return next };
            match next {
                Some(output) => {
                    if let Some(shown) = veil.piece(output) {
                        return Some(shown);
                    }
                }
                None => return veil.end(),
            }
        }
    }

    /// The next output for the task.
    pub(crate) async fn next(&mut self) -> Option<Output> {
        match self.peeked.take() {
            Some(output) => Some(output),
            None => self.output.recv().await,
        }
    }

    pub(crate) async fn write(&mut self, data: &[u8]) -> Result<(), TaskError> {
        let Some(input) = &mut self.input else {
            return Err(TaskError::new(ErrorCode::INVALID, "the standard input is closed").hint("start the program with `input`"));
        };
        input.write_all(data).await.map_err(|error| {
            TaskError::new(ErrorCode::INPUT_OUTPUT, format!("the program does not read its standard input any more: {error}"))
        })
    }

    pub(crate) fn close_input(&mut self) {
        self.input = None;
    }

    pub(super) fn signal(&self, number: i32) {
        self.supervisor.signal(number);
    }

    pub(crate) async fn wait(&mut self) -> Result<ExitStatus, TaskError> {
        self.supervisor.wait().await
    }

    /// The input alone. It stays open until the program has ended, unless it is closed.
    pub(crate) fn take_input(&mut self) -> Option<ProgramInput> {
        let sender = self.input.take()?;
        Some(ProgramInput { sender: Some(sender), ended: self.supervisor.ended(), runtime: tokio::runtime::Handle::current() })
    }

    /// What cancels the program when it is dropped.
    pub(crate) fn permit(&self) -> Slot {
        self.supervisor.permit()
    }

    /// What the journal is told beside the exit code.
    pub(crate) fn note(&mut self, note: String) {
        self.supervisor.note = Some(note);
    }

    /// TERM, the grace, KILL: dropped by the guest, it is not needed any more.
    pub(crate) async fn stop(self) {
        drop(self.output);
        self.supervisor.stop().await;
    }
}

/// The input of a program, apart from its output. A program that is being stopped must not take that for the end of its input, so it stays
/// open until the program has ended.
#[derive(Debug)]
pub(crate) struct ProgramInput {
    sender: Option<Sender>,
    ended: Ended,
    runtime: tokio::runtime::Handle,
}

impl ProgramInput {
    /// Writes; false where the program reads no longer.
    pub(crate) async fn write(&mut self, data: &[u8]) -> bool {
        match &mut self.sender {
            Some(sender) => sender.write_all(data).await.is_ok(),
            None => false,
        }
    }

    /// Ends the input.
    pub(crate) fn close(mut self) {
        self.sender = None;
    }
}

impl Drop for ProgramInput {
    fn drop(&mut self) {
        let Some(sender) = self.sender.take() else { return };
        let mut ended = self.ended.clone();
        self.runtime.spawn(async move {
            let _ = ended.wait_for(Option::is_some).await;
            drop(sender);
        });
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
