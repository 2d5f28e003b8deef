use crate::error::SessionError;
use etcetera::BaseStrategy as _;
use infra_event::ExitCode;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Where the runner keeps what is its own, by the XDG Base Directory Specification.
#[derive(Clone, Debug)]
pub(crate) struct Directories {
    /// Compiled code.
    pub cache: PathBuf,
    /// The journal, locks, scratch directories.
    pub state: PathBuf,
    /// The user's policy.
    pub config: PathBuf,
}

impl Directories {
    pub(crate) fn find() -> Result<Self, SessionError> {
        let strategy = etcetera::base_strategy::Xdg::new().map_err(|error| {
            SessionError::input_output(format!(
                "there is no home directory to keep the journal and the cache in: {error}; set HOME"
            ))
        })?;
        let state = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
        Ok(Self {
            cache: strategy.cache_dir().join("infra"),
            state: state.join("infra"),
            config: strategy.config_dir().join("infra"),
        })
    }

    pub(crate) fn compiled(&self) -> PathBuf {
        self.cache.join("compiled")
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.state.join("journal.sqlite")
    }

    pub(crate) fn locks(&self) -> PathBuf {
        self.state.join("locks")
    }

    pub(crate) fn services(&self) -> PathBuf {
        self.state.join("services")
    }

    pub(crate) fn scratch(&self) -> PathBuf {
        self.state.join("scratch")
    }

    pub(crate) fn policy(&self) -> PathBuf {
        self.config.join("policy.toml")
    }

    /// What no task may write.
    pub(crate) fn protected(&self) -> [PathBuf; 3] {
        [self.cache.clone(), self.state.clone(), self.config.clone()]
    }
}

/// Makes a directory that is the user's alone.
pub(crate) fn make_private(path: &Path) -> Result<(), SessionError> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| SessionError::Failed {
        message: format!("the directory {} cannot be made: {error}", path.display()),
        hint: Some("free space, or set XDG_STATE_HOME and XDG_CACHE_HOME to directories that can be written".to_owned()),
        code: ExitCode::InputOutput,
    })
}
