use infra_event::{ErrorCode, TaskError};
use std::path::PathBuf;

/// Why no component can run.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The engine does not start.
    #[error("the WebAssembly engine does not start: {0}")]
    Engine(String),
    /// The cache of compiled code cannot be trusted.
    #[error("the cache of compiled code at {path} cannot be used: {cause}; remove it, and it is made again")]
    Cache {
        /// The directory or file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
}

/// Why one component cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// It is no WebAssembly at all.
    #[error("it is not a WebAssembly component")]
    NotWebAssembly,
    /// It is a core module.
    #[error("it is a core WebAssembly module, not a component")]
    CoreModule,
    /// It ends too early.
    #[error("it is truncated: it ends at byte {0}")]
    Truncated(usize),
    /// It is damaged.
    #[error("it is damaged: {0}")]
    Invalid(String),
    /// It does not export what a task exports.
    #[error("it is a component, but not a task: it has no export `{0}`")]
    NoTask(String),
    /// It speaks another version of the contract.
    #[error("it speaks {package}@{found}, and this runner speaks {spoken}")]
    Version {
        /// The WIT package.
        package: String,
        /// What the component imports.
        found: String,
        /// What the runner offers.
        spoken: String,
    },
    /// It imports something that nobody offers.
    #[error("it imports what this runner does not have: {0}")]
    Import(String),
    /// It has more or larger parts than the engine holds.
    #[error("it is too large to run: {0}")]
    TooLarge(String),
    /// Its code cannot be compiled.
    #[error("it cannot be compiled: {0}")]
    Compile(String),
}

impl LoadError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotWebAssembly => "name a .wasm file, or the directory of a crate that becomes one",
            Self::CoreModule => "build it with `cargo build --target wasm32-wasip2`, which makes a component",
            Self::Truncated(_) | Self::Invalid(_) | Self::Compile(_) => "build it or fetch it again",
            Self::NoTask(_) => "write it with the SDK: `infra new NAME` starts one",
            Self::Version { .. } => {
                "build it with the SDK of this version of infra, or use the version of infra that it was built for"
            }
            Self::TooLarge(_) => "split the task, or build it with fewer and smaller modules, memories and tables",
            Self::Import(_) => "a task reaches the world through infra:task and wasi:cli alone",
        }
    }
}

impl From<LoadError> for TaskError {
    fn from(error: LoadError) -> Self {
        let code = if matches!(error, LoadError::TooLarge(_)) { ErrorCode::LIMIT } else { ErrorCode::COMPONENT };
        Self::new(code, format!("the component cannot be used: {error}")).hint(error.hint())
    }
}
