use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a backup says of itself. It is written after the backup is whole, and without it there is none.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Report {
    /// Of this form.
    pub version: u32,
    /// `NAME-TIMESTAMP`.
    pub id: String,
    /// What the backup is called, whenever it is made.
    pub name: String,
    /// What was saved.
    pub kind: Kind,
    /// The file, beside this report.
    pub file: String,
    /// When it was begun, RFC 3339.
    pub created: String,
    /// The same in seconds since 1970.
    pub created_seconds: u64,
    /// How long it took.
    pub duration_ms: u64,
    /// The Compose service.
    pub service: String,
    /// The container's image.
    pub image: String,
    /// What was saved of it, for a volume its name.
    pub source: String,
    /// Bytes before the compression.
    pub raw_bytes: u64,
    /// SHA-256 before the compression.
    pub raw_sha256: String,
    /// Bytes of the file.
    pub stored_bytes: u64,
    /// SHA-256 of the file.
    pub stored_sha256: String,
    /// As `gzip`.
    pub compression: String,
    /// The versions of what made it.
    pub versions: BTreeMap<String, String>,
    /// How it was verified: `checksum` or `restore`; none where it was not.
    pub verified: Option<String>,
    /// Rows by `DATABASE.SCHEMA.TABLE`, where a restore was tried.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rows: BTreeMap<String, u64>,
}

/// What is saved.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// All databases of a PostgreSQL server, as SQL.
    Postgres,
    /// A volume, as a tar archive.
    Volume,
}

impl Kind {
    /// In the middle of the file's name.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Postgres => "sql",
            Self::Volume => "tar",
        }
    }
}
