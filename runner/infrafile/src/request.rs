use std::collections::BTreeMap;
use std::path::PathBuf;

/// What to load, and the values from outside.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The Infrafile.
    pub file: PathBuf,
    /// `NAME=VALUE` of the command line; the last of a name wins.
    pub assignments: Vec<(String, String)>,
    /// The environment, from which parameters with `env` take values.
    pub environment: BTreeMap<String, String>,
}
