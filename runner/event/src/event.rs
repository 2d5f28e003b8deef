use crate::{Digest, EffectId, Outcome, RunAbout, RunId, RunOutcome, StepId, TaskError, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What happens in a run, in order. Every report and the journal are made from this stream alone.
///
/// `--output json` writes one event a line, with the fields below and `type` for the variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// The first event.
    RunStarted {
        /// The run.
        run: RunId,
        /// When.
        at: Timestamp,
        /// The project's name.
        project: String,
        /// The tasks named on the command line.
        tasks: Vec<String>,
        /// The values of the parameters; secrets are masked.
        params: BTreeMap<String, serde_json::Value>,
        /// Run, plan or resume.
        mode: Mode,
        /// All steps, by their ids.
        steps: Vec<StepInfo>,
        /// What it was run with.
        #[serde(flatten)]
        about: RunAbout,
    },
    /// Something about the whole run that a person should know.
    Notice {
        /// How serious it is.
        level: NoticeLevel,
        /// One sentence.
        text: String,
    },
    /// An attempt of a step starts.
    StepStarted {
        /// The step.
        step: StepId,
        /// When.
        at: Timestamp,
        /// From 1.
        attempt: u32,
    },
    /// A line of a step's log.
    StepLog {
        /// The step.
        step: StepId,
        /// Where it comes from.
        stream: LogStream,
        /// One line without its end.
        text: String,
    },
    /// A progress line of a step was created or has moved.
    StepProgress {
        /// The step.
        step: StepId,
        /// The progress line's number within the step.
        bar: u32,
        /// What it is about.
        label: String,
        /// How far.
        position: u64,
        /// Of how much, where that is known.
        total: Option<u64>,
        /// What is counted.
        unit: Unit,
        /// The progress line is complete and goes away.
        finished: bool,
    },
    /// An effect was performed, planned or refused.
    StepEffect {
        /// The step.
        step: StepId,
        /// The effect's number within the run.
        effect: EffectId,
        /// The kind, a row of the effect table: `docker.container.create`.
        kind: String,
        /// What it acts on.
        target: String,
        /// Whether it changes the world.
        write: bool,
        /// What was done with it.
        action: EffectAction,
        /// For people: the arguments, in one line; secrets are masked.
        summary: String,
    },
    /// An attempt failed and another follows.
    StepRetry {
        /// The step.
        step: StepId,
        /// The attempt that failed.
        attempt: u32,
        /// The wait before the next, in milliseconds.
        delay_ms: u64,
        /// Why it failed.
        error: TaskError,
    },
    /// A step has ended.
    StepFinished {
        /// The step.
        step: StepId,
        /// When.
        at: Timestamp,
        /// How long all its attempts took, in milliseconds.
        duration_ms: u64,
        /// How.
        outcome: Outcome,
    },
    /// The last event.
    RunFinished {
        /// When.
        at: Timestamp,
        /// How long, in milliseconds.
        duration_ms: u64,
        /// How.
        outcome: RunOutcome,
        /// The code that the process ends with.
        exit_code: u8,
    },
}

/// What is done with effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// They are performed.
    Run,
    /// Reads are performed, writes are simulated.
    Plan,
    /// They are performed; steps with an empty plan are skipped.
    Resume,
}

impl Mode {
    /// Whether writes are performed.
    #[must_use]
    pub const fn performs(self) -> bool {
        matches!(self, Self::Run | Self::Resume)
    }
}

/// What a report needs to know of a step before it starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepInfo {
    /// The step.
    pub step: StepId,
    /// The name that people see: the task, with its matrix row or arguments where several differ.
    pub name: String,
    /// The task.
    pub task: String,
    /// The steps that must end first.
    pub needs: Vec<StepId>,
    /// Whether it was named on the command line.
    pub requested: bool,
    /// Whether it runs after its others whatever happened.
    pub finalizer: bool,
    /// The digest of its component, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// Where a log line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogStream {
    /// `ui.log` at level debug.
    Debug,
    /// `ui.log` at level info.
    Info,
    /// `ui.log` at level warning.
    Warning,
    /// `ui.log` at level error.
    Error,
    /// `ui.show`: what the task is there to show.
    Shown,
    /// The standard output of the component or of a program.
    Stdout,
    /// The standard error of the component or of a program.
    Stderr,
}

/// What a progress line counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Things.
    #[default]
    Items,
    /// Bytes.
    Bytes,
}

/// How serious a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeLevel {
    /// Worth knowing.
    Info,
    /// Something is missing or weaker than it should be.
    Warning,
}

/// What was done with an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectAction {
    /// It was sent and succeeded.
    Performed,
    /// It was sent and failed.
    Failed,
    /// It was simulated in a plan.
    Planned,
    /// A grant or the policy refused it.
    Refused,
    /// It was undone or abandoned because the step was cancelled.
    Cancelled,
}
