use infra_event::{EffectId, RunAbout, RunId, StepId, Timestamp};
use serde::Serialize;

/// How far an effect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectState {
    /// It is about to be sent. In a process that is dead: nobody knows whether it was.
    Intended,
    /// It was sent and succeeded.
    Performed,
    /// It was sent and failed.
    Failed,
    /// It was refused, and not sent.
    Refused,
    /// It was cancelled, and undone or stopped.
    Cancelled,
    /// It was cancelled, and what became of it is not known.
    InDoubt,
    /// It was in doubt, and has been looked after.
    Settled,
}

impl EffectState {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Intended, "intended"),
        (Self::Performed, "performed"),
        (Self::Failed, "failed"),
        (Self::Refused, "refused"),
        (Self::Cancelled, "cancelled"),
        (Self::InDoubt, "in-doubt"),
        (Self::Settled, "settled"),
    ];

    /// The word in the journal.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("in-doubt", |(_, word)| word)
    }

    /// The state of a word; `in-doubt` for one that is not known.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == word).map_or(Self::InDoubt, |(state, _)| *state)
    }
}

/// An effect in the journal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EffectRecord {
    /// Its number within the run.
    pub id: EffectId,
    /// The step.
    pub step: StepId,
    /// The kind's name.
    pub kind: String,
    /// What it acts on.
    pub target: String,
    /// The effect, masked.
    pub effect: serde_json::Value,
    /// How far it is.
    pub state: EffectState,
    /// When its intent was recorded.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// More about its end.
    pub detail: Option<String>,
}

/// A run in the journal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunRecord {
    /// The run.
    pub run: RunId,
    /// The project.
    pub project: String,
    /// The project's root directory.
    pub root: String,
    /// The tasks of the command line.
    pub tasks: Vec<String>,
    /// The parameters' values, masked.
    pub params: serde_json::Value,
    /// `run`, `plan` or `resume`.
    pub mode: String,
    /// When.
    pub started: Timestamp,
    /// When it ended, if it did.
    pub ended: Option<Timestamp>,
    /// `succeeded`, `failed`, `interrupted`; `running`, or `killed` when its process is gone.
    pub outcome: String,
    /// The code that the process ended with.
    pub exit_code: Option<u8>,
    /// What it was run with.
    pub about: RunAbout,
}

/// A step in the journal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepRecord {
    /// The step.
    pub step: StepId,
    /// The name that people see.
    pub name: String,
    /// The task.
    pub task: String,
    /// How many attempts were made.
    pub attempts: u32,
    /// When the first started.
    pub started: Option<Timestamp>,
    /// How long all attempts took, in milliseconds.
    pub duration_ms: Option<u64>,
    /// How it ended.
    pub outcome: Option<infra_event::Outcome>,
    /// The steps that had to end first.
    pub needs: Vec<StepId>,
    /// The digest of its component.
    pub digest: Option<String>,
}

/// A log line in the journal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogRecord {
    /// Its number within the run, from 1.
    pub seq: u64,
    /// The step.
    pub step: StepId,
    /// Where it comes from, as in events.
    pub stream: String,
    /// One line.
    pub text: String,
}
