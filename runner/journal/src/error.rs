use std::path::PathBuf;

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be opened or made.
    #[error("the journal {path} cannot be opened: {cause}; free space, or set XDG_STATE_HOME to a directory that can be written")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// A row cannot be written.
    #[error("the journal cannot be written: {0}; nothing was done, because what is not recorded is not performed")]
    Write(String),
    /// A row cannot be read.
    #[error("the journal cannot be read: {0}")]
    Read(String),
    /// There is no such run.
    #[error("there is no run `{0}`; `infra history` lists them")]
    NoSuchRun(String),
    /// Several runs fit.
    #[error("the names of several runs start with `{0}`")]
    SeveralRuns(String),
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Read(error.to_string())
    }
}
