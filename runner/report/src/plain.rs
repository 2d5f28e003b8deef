use crate::{
    Report, Style,
    clean_text::{clean_lines, clean_text},
    duration_text::duration_text,
    progress_text::progress_text,
    record::{Record, capped},
    style::{ACCENT, BAD, DIM, WARN},
    summary::Summary,
};
use infra_event::{EffectAction, Event, LogStream, NoticeLevel, Outcome, StepId};
use std::{
    collections::HashMap,
    io::Write,
    time::{Duration, Instant},
};

/// A progress line is written this often at most.
const PROGRESS_EVERY: Duration = Duration::from_secs(10);
const REPEATED_LOG_LINES: usize = 10;

/// Lines for pipes and continuous integration: nothing moves, every line names its task.
#[must_use]
pub fn plain(style: Style, out: Box<dyn Write + Send>) -> Box<dyn Report> {
    Box::new(Plain { out, style, record: Record::default(), bars: HashMap::new() })
}

struct Plain {
    out: Box<dyn Write + Send>,
    style: Style,
    record: Record,
    /// When each open progress line was last written.
    bars: HashMap<(StepId, u32), Instant>,
}

impl Report for Plain {
    fn event(&mut self, event: &Event) {
        self.record.observe(event);
        let lines = self.lines(event);
        if !lines.is_empty() {
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            // A reader that has gone away is no reason to stop the run.
            let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        }
    }

    fn finish(&mut self) {
        let _ = self.out.flush();
    }
}

impl Plain {
    fn lines(&mut self, event: &Event) -> Vec<String> {
        match event {
            Event::RunStarted { .. } => Vec::new(),
            Event::Notice { level, text } => notice_lines(*level, text, &self.style),
            Event::StepStarted { step, attempt: 1, .. } => vec![self.line(*step, "started")],
            Event::StepStarted { step, attempt, .. } => vec![self.line(*step, &format!("started, attempt {attempt}"))],
            Event::StepLog { stream: LogStream::Debug, .. } if self.style.verbose == 0 => Vec::new(),
            Event::StepLog { step, stream, text } => vec![self.line(*step, &log_text(*stream, text, &self.style))],
            Event::StepProgress { step, bar, label, position, total, unit, finished } => {
                let now = Instant::now();
                let last = *self.bars.entry((*step, *bar)).or_insert(now);
                if *finished {
                    self.bars.remove(&(*step, *bar));
                } else if now.duration_since(last) < PROGRESS_EVERY {
                    return Vec::new();
                } else {
                    self.bars.insert((*step, *bar), now);
                }
                vec![self.line(*step, &format!("{} {}", capped(label), progress_text(*position, *total, *unit)))]
            }
            Event::StepEffect { step, kind, target, action, .. } if self.style.verbose >= 2 => {
                vec![self.line(*step, &self.style.paint(DIM, &effect_text(kind, target, *action)))]
            }
            Event::StepEffect { .. } => Vec::new(),
            Event::StepRetry { step, attempt, delay_ms, error } => {
                vec![self.line(*step, &format!("failed (attempt {attempt}): {}; again in {}", clean_text(&error.message), wait_text(*delay_ms)))]
            }
            Event::StepFinished { step, duration_ms, outcome, .. } => {
                self.bars.retain(|(of, _), _| of != step);
                vec![self.line(*step, &outcome_text(outcome, *duration_ms, &self.style))]
            }
            Event::RunFinished { duration_ms, outcome, .. } => Summary {
                record: &self.record,
                style: &self.style,
                columns: self.style.columns(),
                outcome: *outcome,
                duration_ms: *duration_ms,
                log_lines: if self.record.steps.len() > 1 { REPEATED_LOG_LINES } else { 0 },
                log_shown: None,
                only_failures: false,
            }
            .lines(),
        }
    }

    fn line(&self, step: StepId, text: &str) -> String {
        format!("{} {text}", self.style.paint(ACCENT, &format!("[{}]", self.record.name(step))))
    }
}

fn outcome_text(outcome: &Outcome, duration_ms: u64, style: &Style) -> String {
    let duration = duration_text(duration_ms);
    match outcome {
        Outcome::Succeeded { changed: true, .. } => format!("done in {duration} (changed)"),
        Outcome::Succeeded { changed: false, .. } => format!("done in {duration} (no changes)"),
        Outcome::Skipped { reason } => format!("skipped: {}", clean_text(reason)),
        Outcome::Failed { error } => style.paint(BAD, &format!("failed in {duration}: {}", clean_text(&error.message))),
        Outcome::Cancelled => format!("cancelled after {duration}"),
        Outcome::NotRun { because } => format!("not run: {}", clean_text(because)),
        Outcome::Unknown { because } => format!("known only when applied: {}", clean_text(because)),
    }
}

/// A log line, with its level where that is worth a word.
pub(crate) fn log_text(stream: LogStream, text: &str, style: &Style) -> String {
    let text = capped(text);
    match stream {
        LogStream::Warning => format!("{} {text}", style.paint(WARN, "warning:")),
        LogStream::Error => format!("{} {text}", style.paint(BAD, "error:")),
        LogStream::Debug => style.paint(DIM, &text),
        LogStream::Info | LogStream::Stdout | LogStream::Stderr => text,
    }
}

/// An effect in one line: `docker.container.create infra-postgres (performed)`.
pub(crate) fn effect_text(kind: &str, target: &str, action: EffectAction) -> String {
    let action = match action {
        EffectAction::Performed => "performed",
        EffectAction::Failed => "failed",
        EffectAction::Planned => "planned",
        EffectAction::Refused => "refused",
        EffectAction::Cancelled => "cancelled",
    };
    format!("{} {} ({action})", clean_text(kind), clean_text(target))
}

/// A notice; its further lines are indented.
pub(crate) fn notice_lines(level: NoticeLevel, text: &str, style: &Style) -> Vec<String> {
    let (color, word) = match level {
        NoticeLevel::Info => (ACCENT, "note:"),
        NoticeLevel::Warning => (WARN, "warning:"),
    };
    let mut lines = clean_lines(text);
    let first = format!("{} {}", style.paint(color, word), lines.next().unwrap_or_default());
    std::iter::once(first).chain(lines.map(|line| format!("  {line}"))).collect()
}

/// How long a retry waits: `2 s`.
pub(crate) fn wait_text(delay_ms: u64) -> String {
    if delay_ms < 60_000 && delay_ms.is_multiple_of(1000) { format!("{} s", delay_ms / 1000) } else { duration_text(delay_ms) }
}
