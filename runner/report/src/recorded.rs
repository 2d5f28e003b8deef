//! Recorded events for tests.

use crate::Report;
use infra_event::{
    EffectAction, EffectId, Event, LogStream, Mode, NoticeLevel, Outcome, RunId, RunOutcome, StepId, StepInfo, TaskError,
    Timestamp, Unit,
};
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

const RUN: &str = "20261121-023653-1a2b3c";

pub fn run_started(names: &[&str]) -> Event {
    started_in(Mode::Run, names)
}

pub fn plan_started(names: &[&str]) -> Event {
    started_in(Mode::Plan, names)
}

fn started_in(mode: Mode, names: &[&str]) -> Event {
    let run: RunId = RUN.parse().unwrap();
    let info = |(index, name): (usize, &&str)| StepInfo {
        step: StepId(index as u32),
        name: (*name).to_owned(),
        task: (*name).to_owned(),
        needs: Vec::new(),
        requested: true,
        finalizer: false,
        digest: None,
    };
    let steps = names.iter().enumerate().map(info).collect();
    Event::RunStarted {
        run,
        at: Timestamp(0),
        project: "demo".into(),
        tasks: Vec::new(),
        params: Default::default(),
        mode,
        steps,
        about: Default::default(),
    }
}

pub fn started(step: u32, attempt: u32) -> Event {
    Event::StepStarted { step: StepId(step), at: Timestamp(0), attempt }
}

pub fn log(step: u32, stream: LogStream, text: &str) -> Event {
    Event::StepLog { step: StepId(step), stream, text: text.to_owned() }
}

pub fn progress(step: u32, bar: u32, label: &str, position: u64, total: Option<u64>, finished: bool) -> Event {
    Event::StepProgress { step: StepId(step), bar, label: label.to_owned(), position, total, unit: Unit::Bytes, finished }
}

pub fn effect(step: u32, kind: &str, target: &str, write: bool, action: EffectAction, summary: &str) -> Event {
    let (kind, target, summary) = (kind.to_owned(), target.to_owned(), summary.to_owned());
    Event::StepEffect { step: StepId(step), effect: EffectId(1), kind, target, write, action, summary }
}

pub fn retry(step: u32, message: &str) -> Event {
    Event::StepRetry { step: StepId(step), attempt: 1, delay_ms: 2_000, error: TaskError::new("unavailable", message) }
}

pub fn notice(text: &str) -> Event {
    Event::Notice { level: NoticeLevel::Warning, text: text.to_owned() }
}

pub fn failed(message: &str) -> Outcome {
    Outcome::Failed { error: TaskError::new("failed", message).hint("start the daemon") }
}

pub fn finished(step: u32, changed: bool) -> Event {
    outcome(step, Outcome::Succeeded { output: serde_json::Value::Null, changed })
}

pub fn outcome(step: u32, outcome: Outcome) -> Event {
    Event::StepFinished { step: StepId(step), at: Timestamp(0), duration_ms: 3_200, outcome }
}

pub fn run_finished(outcome: RunOutcome) -> Event {
    Event::RunFinished { at: Timestamp(0), duration_ms: 12_345, outcome, exit_code: outcome.exit_code().code() }
}

/// A run of four tasks in which one fails.
pub fn failing_run() -> Vec<Event> {
    vec![
        run_started(&["doctor", "images", "services-setup-with-a-very-long-name-indeed", "endpoints"]),
        notice("Landlock is missing:\nprograms are less confined"),
        started(0, 1),
        log(0, LogStream::Info, "docker 20.10 \x1b[31mred\x1b[0m"),
        log(0, LogStream::Debug, "socket found"),
        finished(0, false),
        started(1, 1),
        log(1, LogStream::Warning, "registry is slow"),
        progress(1, 1, "layer 1", 1_200_000, Some(3_400_000), false),
        retry(1, "no route"),
        started(1, 2),
        progress(1, 2, "layer 1", 3_400_000, Some(3_400_000), true),
        log(1, LogStream::Stderr, "connect: refused\x1b]0;title\x07"),
        outcome(
            1,
            Outcome::Failed {
                error: TaskError::new("unavailable", "cannot pull postgres:16 from registry.example:5000\nno route to host")
                    .hint("set IMAGES=debian")
                    .details(serde_json::json!({ "backtrace": "0: run\n1: main" })),
            },
        ),
        outcome(2, Outcome::Skipped { reason: "`when` is false".into() }),
        outcome(3, Outcome::NotRun { because: "images failed".into() }),
        run_finished(RunOutcome::Failed),
    ]
}

/// Collects what is written.
#[derive(Clone, Default)]
pub struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a report writes for these events.
pub fn shown(make: impl FnOnce(Box<dyn Write + Send>) -> Box<dyn Report>, events: &[Event]) -> String {
    let written = Written::default();
    let mut report = make(Box::new(written.clone()));
    for event in events {
        report.event(event);
    }
    report.finish();
    written.text()
}
