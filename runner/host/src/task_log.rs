use infra_event::{Event, LogStream};
use infra_gate::StepGate;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The longest line that is kept whole; a longer one is cut into several.
const LINE: usize = 16 << 10;

/// What a line counts beside its text, because an empty one is kept too.
const LINE_COST: u64 = 16;

/// The log of one attempt of a step: lines, without secrets, up to the task's limit.
#[derive(Debug)]
pub struct TaskLog {
    gate: Arc<StepGate>,
    limit: u64,
    kept: AtomicU64,
    full: AtomicBool,
}

impl TaskLog {
    /// An empty log that keeps `limit` bytes.
    #[must_use]
    pub const fn new(gate: Arc<StepGate>, limit: u64) -> Self {
        Self { gate, limit, kept: AtomicU64::new(0), full: AtomicBool::new(false) }
    }

    /// Adds lines.
    pub fn add(&self, stream: LogStream, text: &str) {
        for line in text.lines() {
            let mut rest = line;
            while rest.len() > LINE && !self.full.load(Ordering::Relaxed) {
                let (piece, after) = rest.split_at(rest.floor_char_boundary(LINE));
                self.line(stream, piece);
                rest = after;
            }
            self.line(stream, rest);
        }
    }

    fn line(&self, stream: LogStream, line: &str) {
        let length = line.len() as u64 + LINE_COST;
        if self.kept.fetch_add(length, Ordering::Relaxed) + length > self.limit {
            if !self.full.swap(true, Ordering::Relaxed) {
                let text = format!("the log is longer than `limits.log` ({} bytes): the rest is dropped", self.limit);
                self.gate.emit(Event::StepLog { step: self.gate.step(), stream: LogStream::Warning, text });
            }
            return;
        }
        let text = self.gate.gate().masker().mask(line).into_owned();
        self.gate.emit(Event::StepLog { step: self.gate.step(), stream, text });
    }

    /// A writer of one stream.
    #[must_use]
    pub fn stream(self: &Arc<Self>, stream: LogStream) -> LogLines {
        LogLines { log: Arc::clone(self), stream, rest: Vec::new() }
    }
}

/// Makes lines of the bytes of one stream. What is left at the end is a line too.
#[derive(Debug)]
pub struct LogLines {
    log: Arc<TaskLog>,
    stream: LogStream,
    rest: Vec<u8>,
}

impl LogLines {
    /// Adds bytes.
    pub fn write(&mut self, mut bytes: &[u8]) {
        if self.log.full.load(Ordering::Relaxed) {
            self.rest.clear();
            return;
        }
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.extend(&bytes[..end]);
            self.end_line();
            bytes = &bytes[end + 1..];
        }
        self.extend(bytes);
    }

    fn extend(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        while self.rest.len() > LINE {
            let tail = self.rest.split_off(LINE);
            self.end_line();
            self.rest = tail;
        }
    }

    fn end_line(&mut self) {
        let line = String::from_utf8_lossy(&self.rest);
        // A program that redraws its line ends with what is seen last.
        let line = line.trim_end_matches('\r');
        self.log.line(self.stream, line.rsplit('\r').next().unwrap_or_default());
        self.rest.clear();
    }
}

impl Drop for LogLines {
    fn drop(&mut self) {
        if !self.rest.is_empty() {
            self.end_line();
        }
    }
}
