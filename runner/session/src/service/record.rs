use infra_event::{RunId, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What is known of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The task, with its matrix row where it has one.
    pub task: String,
    /// The run that started it.
    pub run: RunId,
    /// What tells it from another definition.
    pub definition: String,
    /// The supervisor.
    pub pid: u32,
    /// When the supervisor started.
    pub since: Timestamp,
    /// How it is.
    pub health: Health,
    /// How often it was started again.
    pub restarts: u32,
    /// The address that accepts connections when it is ready.
    pub ready: Option<String>,
    /// Its log.
    pub log: PathBuf,
    /// Why it ended last.
    pub last_error: Option<String>,
}

/// How a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Health {
    /// It runs and is not ready yet.
    Starting,
    /// It can be used.
    Ready,
    /// It failed and is started again, now or soon.
    Restarting,
    /// It is told to stop.
    Stopping,
    /// It ended by itself without a failure.
    Ended,
    /// It ended with a failure.
    Failed,
}

impl Health {
    /// The word that people see.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Restarting => "restarting",
            Self::Stopping => "stopping",
            Self::Ended => "ended",
            Self::Failed => "failed",
        }
    }
}
