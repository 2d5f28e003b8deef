use infra_event::{Event, LogStream};
use infra_gate::{MaskStream, StepGate};
use std::borrow::Cow;
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
        let masker = self.gate.gate().masker();
        for line in text.lines() {
            // A secret must be whole when it is looked for: the line is cut afterwards.
            let masked = if self.full.load(Ordering::Relaxed) { Cow::Borrowed("") } else { masker.mask(line) };
            let mut rest = masked.as_ref();
            while rest.len() > LINE && !self.full.load(Ordering::Relaxed) {
                let (piece, after) = rest.split_at(rest.floor_char_boundary(LINE));
                self.line(stream, piece);
                rest = after;
            }
            self.line(stream, rest);
        }
    }

    /// Adds a line without secrets.
    fn line(&self, stream: LogStream, line: &str) {
        let length = line.len() as u64 + LINE_COST;
        if self.kept.fetch_add(length, Ordering::Relaxed) + length > self.limit {
            if !self.full.swap(true, Ordering::Relaxed) {
                let text = format!("the log is longer than `limits.log` ({} bytes): the rest is dropped", self.limit);
                self.gate.emit(Event::StepLog { step: self.gate.step(), stream: LogStream::Warning, text });
            }
            return;
        }
        self.gate.emit(Event::StepLog { step: self.gate.step(), stream, text: line.to_owned() });
    }

    /// A writer of one stream.
    #[must_use]
    pub fn stream(self: &Arc<Self>, stream: LogStream) -> LogLines {
        let mask = self.gate.gate().masker().stream();
        LogLines { log: Arc::clone(self), stream, rest: Vec::new(), mask }
    }
}

/// Makes lines of the bytes of one stream. What is left at the end is a line too.
#[derive(Debug)]
pub struct LogLines {
    log: Arc<TaskLog>,
    stream: LogStream,
    /// What is known of the line and not told yet, without secrets but for what the mask holds back.
    rest: Vec<u8>,
    mask: MaskStream,
}

impl LogLines {
    /// Adds bytes.
    pub fn write(&mut self, mut bytes: &[u8]) {
        if self.log.full.load(Ordering::Relaxed) {
            self.rest.clear();
            return;
        }
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.extend(&bytes[..end], true);
            self.tell();
            bytes = &bytes[end + 1..];
        }
        self.extend(bytes, false);
    }

    /// A long line is told in pieces as it comes; `ends` where these bytes are its last.
    fn extend(&mut self, mut bytes: &[u8], ends: bool) {
        loop {
            let (piece, after) = bytes.split_at(bytes.len().min(LINE));
            let last = ends && after.is_empty();
            self.rest.append(&mut if last { self.mask.finish(piece) } else { self.mask.push(piece) });
            while self.rest.len() > LINE {
                let tail = self.rest.split_off(char_boundary(&self.rest, LINE));
                self.tell();
                self.rest = tail;
            }
            if after.is_empty() {
                return;
            }
            bytes = after;
        }
    }

    fn tell(&mut self) {
        let line = String::from_utf8_lossy(&self.rest);
        // A program that redraws its line ends with what is seen last.
        let line = line.trim_end_matches('\r');
        self.log.line(self.stream, line.rsplit('\r').next().unwrap_or_default());
        self.rest.clear();
    }
}

/// The last place at or before `at` where no letter of UTF-8 is cut.
fn char_boundary(bytes: &[u8], at: usize) -> usize {
    let start = at.saturating_sub(3);
    (start..=at).rev().find(|place| bytes.get(*place).is_none_or(|byte| byte & 0xc0 != 0x80)).unwrap_or(at)
}

impl Drop for LogLines {
    fn drop(&mut self) {
        self.rest.append(&mut self.mask.flush());
        if !self.rest.is_empty() {
            self.tell();
        }
    }
}
