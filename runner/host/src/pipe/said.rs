use crate::TaskLog;
use infra_event::{ErrorCode, LogStream, TaskError};
use std::collections::VecDeque;
use std::sync::Arc;

/// Bytes of what a command says that an error tells again.
const KEPT: usize = 2000;

/// What a command at the end of a pipe says beside the data: it goes into the task's log, and its last lines into the error.
#[derive(Debug)]
pub(super) struct Said {
    /// As `the command psql in the container db`.
    who: String,
    lines: crate::task_log::LogLines,
    last: VecDeque<u8>,
    log: Arc<TaskLog>,
}

impl Said {
    pub(super) fn new(who: String, log: &Arc<TaskLog>) -> Self {
        Self { who, lines: log.stream(LogStream::Stderr), last: VecDeque::new(), log: Arc::clone(log) }
    }

    pub(super) fn add(&mut self, data: &[u8]) {
        self.lines.write(data);
        self.last.extend(&data[data.len().saturating_sub(KEPT)..]);
        self.last.drain(..self.last.len().saturating_sub(KEPT));
    }

    /// An error unless the command has ended with 0.
    pub(super) fn ended_well(&mut self, code: Option<i32>, signal: Option<i32>) -> Result<(), TaskError> {
        // What is left in the writer is a line too.
        self.lines = self.log.stream(LogStream::Stderr);
        match (code, signal) {
            (Some(0), _) => Ok(()),
            (Some(code), _) => {
                Err(self.failed(&format!("ended with exit code {code}")).details(serde_json::json!({ "exit_code": code })))
            }
            (None, Some(signal)) => Err(self.failed(&format!("was ended by signal {signal}"))),
            (None, None) => Err(self.failed("ended, nobody knows how")),
        }
    }

    /// The command ended before it was given all.
    pub(super) fn ended_early(&self) -> TaskError {
        self.failed("ended before it had read its input to the end")
    }

    fn failed(&self, how: &str) -> TaskError {
        let last: Vec<u8> = self.last.iter().copied().collect();
        let last = String::from_utf8_lossy(&last);
        let last = last.trim();
        let said = if last.is_empty() { String::new() } else { format!(": {last}") };
        TaskError::new(ErrorCode::FAILED, format!("{} {how}{said}", self.who))
    }
}
