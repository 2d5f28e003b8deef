use crate::{Style, clean_text::clean_text};
use infra_event::{Event, Mode, Outcome, RunId, StepId, Timestamp};
use std::collections::{BTreeMap, VecDeque};

/// The log lines of a step that are kept for when it fails.
pub(crate) const KEPT_LINES: usize = 30;
const KEPT_CHARS: usize = 2_000;

/// What a report remembers of a run.
#[derive(Default)]
pub(crate) struct Record {
    pub run: Option<RunId>,
    pub mode: Option<Mode>,
    pub steps: BTreeMap<StepId, StepRecord>,
    /// The one task that was asked for, where no step of its own stands for it.
    pub whole: Option<String>,
}

/// What a report remembers of a step.
#[derive(Default)]
pub(crate) struct StepRecord {
    pub name: String,
    pub outcome: Option<Outcome>,
    pub duration_ms: u64,
    pub needs: Vec<StepId>,
    /// When it started, where it did.
    pub started: Option<Timestamp>,
    pub log: LogTail,
}

/// The last lines of a log.
#[derive(Default)]
pub(crate) struct LogTail {
    pub lines: VecDeque<String>,
    pub earlier: u64,
}

impl LogTail {
    pub fn push(&mut self, text: &str) {
        if self.lines.len() == KEPT_LINES {
            self.lines.pop_front();
            self.earlier += 1;
        }
        self.lines.push_back(capped(text));
    }
}

/// A clean line of a bounded length.
pub(crate) fn capped(text: &str) -> String {
    let mut end = text.char_indices().nth(KEPT_CHARS).map_or(text.len(), |(index, _)| index);
    let cut = end < text.len();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut line = clean_text(&text[..end]).into_owned();
    if cut {
        line.push('…');
    }
    line
}

impl Record {
    /// Takes note of an event.
    pub fn observe(&mut self, event: &Event) {
        match event {
            Event::RunStarted { run, mode, steps, tasks, .. } => {
                self.whole = match tasks.as_slice() {
                    [task] if steps.iter().all(|step| step.task != *task) => Some(clean_text(task).into_owned()),
                    _ => None,
                };
                self.run = Some(run.clone());
                self.mode = Some(*mode);
                self.steps = steps
                    .iter()
                    .map(|info| {
                        let (name, needs) = (clean_text(&info.name).into_owned(), info.needs.clone());
                        (info.step, StepRecord { name, needs, ..StepRecord::default() })
                    })
                    .collect();
            }
            Event::StepStarted { step, at, .. } => {
                self.step(*step).started.get_or_insert(*at);
            }
            Event::StepLog { step, text, .. } => self.step(*step).log.push(text),
            Event::StepFinished { step, duration_ms, outcome, .. } => {
                let record = self.step(*step);
                record.duration_ms = *duration_ms;
                // A result may be large, and no report of a step shows it.
                record.outcome = Some(match outcome {
                    Outcome::Succeeded { changed, .. } => {
                        Outcome::Succeeded { output: serde_json::Value::Null, changed: *changed }
                    }
                    Outcome::UpToDate { restored, .. } => {
                        Outcome::UpToDate { output: serde_json::Value::Null, restored: *restored }
                    }
                    other => other.clone(),
                });
                if !matches!(outcome, Outcome::Failed { .. }) {
                    record.log = LogTail::default();
                }
            }
            _ => {}
        }
    }

    fn step(&mut self, step: StepId) -> &mut StepRecord {
        self.steps.entry(step).or_insert_with(|| StepRecord { name: format!("step {step}"), ..StepRecord::default() })
    }

    /// The name of a step that people see.
    pub fn name(&self, step: StepId) -> String {
        self.steps.get(&step).map_or_else(|| format!("step {step}"), |record| record.name.clone())
    }

    /// How many steps ended so.
    pub fn count(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        self.steps.values().filter(|record| record.outcome.as_ref().is_some_and(&is)).count()
    }

    /// Whether a report that tells of the run as it goes should tell of this. What a plan finds is told once, by the plan itself.
    pub fn shows(&self, event: &Event, style: &Style) -> bool {
        match event {
            Event::Notice { .. } => true,
            Event::RunFinished { .. } => !self.is_plan(),
            _ => !self.is_plan() || style.verbose > 0,
        }
    }

    /// Whether this is a plan: nothing is performed.
    pub fn is_plan(&self) -> bool {
        self.mode == Some(Mode::Plan)
    }
}
