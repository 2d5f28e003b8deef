use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a run was run with, besides its tasks and parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunAbout {
    /// The version of the runner.
    pub version: String,
    /// The revision of the repository, where it is one.
    pub revision: Option<String>,
    /// Where the value of each parameter comes from: `command line`, `default` and others.
    pub origins: BTreeMap<String, String>,
    /// How long steps usually take, in milliseconds by their names; only where someone watches.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub usual: BTreeMap<String, u64>,
}
