use serde::{Deserialize, Serialize};

/// What is done to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileVerb {
    /// Read its content.
    Read,
    /// List a directory, or find by pattern.
    List,
    /// Ask whether it exists, and what it is.
    Stat,
    /// Create or replace its content.
    Write,
    /// Create a directory.
    CreateDirectory,
    /// Remove it.
    Remove,
}

/// Something that is done to one file or directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEffect {
    /// What is done.
    pub verb: FileVerb,
    /// The canonical path: relative to the project's root where it lies inside, absolute elsewhere; without `..` or links.
    pub path: String,
}
