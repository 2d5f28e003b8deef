use crate::{
    clean_text::{clean_lines, clean_text},
    record::{Record, StepRecord},
};
use infra_event::{Event, Mode, Outcome, RunOutcome, StepId, StepInfo, Timestamp};
use std::collections::BTreeMap;

/// What a report that is written at the end remembers of a run.
#[derive(Default)]
pub(crate) struct Timeline {
    pub record: Record,
    pub project: String,
    pub tasks: Vec<String>,
    pub started: Timestamp,
    pub steps: BTreeMap<StepId, TimedStep>,
    pub ended: Option<Ended>,
}

/// How the run ended.
#[derive(Clone, Copy)]
pub(crate) struct Ended {
    pub outcome: RunOutcome,
    pub duration_ms: u64,
    pub exit_code: u8,
}

/// A step with its times.
pub(crate) struct TimedStep {
    pub info: StepInfo,
    /// When each attempt started.
    pub attempts: Vec<Timestamp>,
    pub ended: Option<Timestamp>,
    /// Its whole outcome.
    pub outcome: Option<Outcome>,
    /// The effects, with the time of the last event before them.
    pub effects: Vec<(Timestamp, String, String)>,
}

impl Timeline {
    pub fn observe(&mut self, event: &Event) {
        // A failure's log is in the record until the step ends.
        self.record.observe(event);
        match event {
            Event::RunStarted { at, project, tasks, steps, .. } => {
                self.started = *at;
                self.project = clean_text(project).into_owned();
                self.tasks.clone_from(tasks);
                let timed = |info: &StepInfo| TimedStep {
                    info: info.clone(),
                    attempts: vec![],
                    ended: None,
                    outcome: None,
                    effects: vec![],
                };
                self.steps = steps.iter().map(|info| (info.step, timed(info))).collect();
            }
            Event::StepStarted { step, at, .. } => self.change(*step, |timed| timed.attempts.push(*at)),
            Event::StepEffect { step, kind, target, .. } => {
                let now = Timestamp::now();
                self.change(*step, |timed| timed.effects.push((now, kind.clone(), clean_text(target).into_owned())));
            }
            Event::StepFinished { step, at, outcome, .. } => self.change(*step, |timed| {
                timed.ended = Some(*at);
                // A result may be large, and only that of a task that was named goes anywhere.
                timed.outcome = Some(match outcome {
                    Outcome::Succeeded { changed, .. } if !timed.info.requested => {
                        Outcome::Succeeded { output: serde_json::Value::Null, changed: *changed }
                    }
                    Outcome::UpToDate { restored, .. } if !timed.info.requested => {
                        Outcome::UpToDate { output: serde_json::Value::Null, restored: *restored }
                    }
                    other => other.clone(),
                });
            }),
            Event::RunFinished { duration_ms, outcome, exit_code, .. } => {
                self.ended = Some(Ended { outcome: *outcome, duration_ms: *duration_ms, exit_code: *exit_code });
            }
            _ => {}
        }
    }

    fn change(&mut self, step: StepId, change: impl FnOnce(&mut TimedStep)) {
        if let Some(timed) = self.steps.get_mut(&step) {
            change(timed);
        }
    }

    /// A plan performs nothing, so there is nothing to report of it.
    pub fn is_plan(&self) -> bool {
        self.record.mode == Some(Mode::Plan)
    }

    /// The record of a step.
    pub fn step(&self, step: StepId) -> Option<&StepRecord> {
        self.record.steps.get(&step)
    }

    /// Milliseconds since the start of the run.
    pub fn since_start(&self, at: Timestamp) -> u64 {
        u64::try_from(at.0.saturating_sub(self.started.0)).unwrap_or(0)
    }
}

/// Text of several lines without control letters.
pub(crate) fn cleaned(text: &str) -> String {
    clean_lines(text).collect::<Vec<_>>().join("\n")
}
