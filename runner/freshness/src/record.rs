use crate::Snapshot;
use infra_event::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What is known of the last time that a step ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The step's name.
    pub step: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// How it ended.
    pub state: State,
    /// Of all that it depends on besides files.
    pub facts: Digest,
    /// The same in parts, to say what has changed.
    #[serde(default)]
    pub details: Vec<(String, String)>,
    /// What it was made from.
    #[serde(default)]
    pub inputs: Snapshot,
    /// What it made.
    #[serde(default)]
    pub outputs: Snapshot,
    /// The programs that it used: name and path.
    #[serde(default)]
    pub programs: Vec<(String, String)>,
    /// Their files.
    #[serde(default)]
    pub program_files: Snapshot,
    /// The system's programs and libraries, where it used any.
    #[serde(default)]
    pub system: String,
    /// Its result.
    #[serde(default)]
    pub output: Json,
}

/// How a step ended, as far as that matters for the next time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It was started, with none of its outputs there; nothing is known of its end.
    Started,
    /// It succeeded, and is up to date while nothing changes.
    Done,
    /// It cannot be known to be up to date, and why.
    Refused(Vec<String>),
}

impl Record {
    /// Whether a file that is there now was made by the step.
    #[must_use]
    pub fn made(&self, path: &str) -> bool {
        self.state == State::Started || self.outputs.at(path).is_some()
    }
}
