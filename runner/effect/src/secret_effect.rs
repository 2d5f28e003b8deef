use crate::SecretSink;
use serde::{Deserialize, Serialize};

/// A secret leaves the runner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretEffect {
    /// Its name in the Infrafile.
    pub name: String,
    /// Where its text comes from, as `env:DB_PASSWORD`.
    pub from: String,
    /// Where it goes; none where its text is told to the task.
    pub to: Option<SecretSink>,
}

impl SecretEffect {
    /// In one line for people.
    #[must_use]
    pub fn summary(&self) -> String {
        self.to.as_ref().map_or_else(|| format!("{} to the task itself", self.name), |to| format!("{} to {to}", self.name))
    }
}
