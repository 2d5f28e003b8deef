use crate::{ExitCode, TaskError};
use serde::{Deserialize, Serialize};

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Outcome {
    /// The task returned a result.
    Succeeded {
        /// The result, which `${needs.TASK.FIELD}` reads.
        output: serde_json::Value,
        /// Whether any write was performed (in a plan: would be).
        changed: bool,
    },
    /// The task was not run, because nothing that it depends on has changed.
    UpToDate {
        /// The result that it had.
        output: serde_json::Value,
        /// Whether outputs were brought back from the store.
        restored: bool,
    },
    /// The task was not wanted: `when`, `skip`, or nothing to do at resume.
    Skipped {
        /// Why.
        reason: String,
    },
    /// The task returned an error, trapped, or exceeded a limit.
    Failed {
        /// Why.
        error: TaskError,
    },
    /// The run was interrupted while the step ran.
    Cancelled,
    /// The step never started, because something before it did not succeed.
    NotRun {
        /// What it waited for.
        because: String,
    },
    /// In a plan: the step's arguments are known only when the steps before it have run.
    Unknown {
        /// What is not known.
        because: String,
    },
}

impl Outcome {
    /// Whether steps that need this one may start.
    #[must_use]
    pub const fn lets_others_start(&self) -> bool {
        matches!(self, Self::Succeeded { .. } | Self::UpToDate { .. } | Self::Skipped { .. })
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    /// Every step succeeded or was skipped.
    Succeeded,
    /// At least one step failed.
    Failed,
    /// The run was interrupted.
    Interrupted,
}

impl RunOutcome {
    /// The exit code of a run that ended so, where nothing more precise is known.
    #[must_use]
    pub const fn exit_code(self) -> ExitCode {
        match self {
            Self::Succeeded => ExitCode::Done,
            Self::Failed => ExitCode::Failed,
            Self::Interrupted => ExitCode::Interrupted,
        }
    }
}
