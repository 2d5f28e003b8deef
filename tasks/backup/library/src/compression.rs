use infra::pipe::Filter;
use infra::{Error, Result};

/// How a backup is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Compression {
    /// # Errors
    /// `invalid` for a word that names none.
    pub fn of(word: &str) -> Result<Self> {
        match word {
            "gzip" => Ok(Self::Gzip),
            "zstd" => Ok(Self::Zstd),
            other => Err(Error::new("invalid", format!("there is no compression `{other}`"))),
        }
    }

    /// The end of the file's name.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Gzip => "gz",
            Self::Zstd => "zst",
        }
    }

    /// What compresses.
    #[must_use]
    pub const fn filter(self, level: Option<u32>) -> Filter {
        match self {
            Self::Gzip => Filter::Gzip(level),
            Self::Zstd => Filter::Zstd(level),
        }
    }
}
