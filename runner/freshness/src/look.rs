use crate::Stamp;
use infra_event::Digest;
use serde::{Deserialize, Serialize};

/// What was found at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Relative to the project's root where it lies inside, else absolute.
    #[serde(rename = "p")]
    pub path: String,
    /// What is there.
    #[serde(rename = "k")]
    pub kind: Kind,
    /// By which it is known again without being read; none where it was too fresh for that.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Stamp>,
    /// Whether a pattern matches it. Else it is a directory that was looked through, or a path that was looked for.
    #[serde(rename = "m")]
    pub matched: bool,
    /// The stamp, however fresh it was.
    #[serde(skip)]
    pub raw: Option<Stamp>,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Nothing.
    #[serde(rename = "a")]
    Absent,
    /// A directory.
    #[serde(rename = "d")]
    Directory,
    /// A file, and whether its owner may execute it.
    #[serde(rename = "f")]
    File(Digest, bool),
    /// A link, which is not followed.
    #[serde(rename = "l")]
    Link(String),
    /// Something that has no content to compare, and why.
    #[serde(rename = "o")]
    Other(String),
}
