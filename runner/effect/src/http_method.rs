use serde::{Deserialize, Serialize};
use std::fmt;

/// A method of HTTP. Those that build tunnels or echo requests are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    /// Reads.
    Get,
    /// Reads the head alone.
    Head,
    /// Asks what may be done.
    Options,
    /// Sends something.
    Post,
    /// Puts something in a place.
    Put,
    /// Changes something.
    Patch,
    /// Deletes something.
    Delete,
}

impl HttpMethod {
    /// Every method with its word.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Get, "GET"),
        (Self::Head, "HEAD"),
        (Self::Options, "OPTIONS"),
        (Self::Post, "POST"),
        (Self::Put, "PUT"),
        (Self::Patch, "PATCH"),
        (Self::Delete, "DELETE"),
    ];

    /// The word, as it is sent.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// The method of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == word).map(|(method, _)| *method)
    }

    /// Whether it only reads.
    #[must_use]
    pub const fn reads(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }

    /// Whether sending it twice does what sending it once does (RFC 9110, 9.2.2).
    #[must_use]
    pub const fn idempotent(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options | Self::Put | Self::Delete)
    }
}

impl fmt::Display for HttpMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
