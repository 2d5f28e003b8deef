use infra_event::{ErrorCode, TaskError};
use std::path::PathBuf;

/// Why `uses` leads to no component.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComponentError {
    /// There is no such standard task.
    #[error("there is no standard task `std/{name}`; there are {known}")]
    UnknownBuiltIn {
        /// What was named.
        name: String,
        /// All there are.
        known: String,
        /// The nearest.
        suggestion: Option<String>,
    },
    /// It has none of the forms.
    #[error("`{uses}` names no component")]
    UnknownForm {
        /// What was written.
        uses: String,
        /// What may have been meant.
        suggestion: Option<String>,
    },
    /// A form that this version does not have.
    #[error("`{0}` names a component in a registry, which this version of infra does not fetch")]
    Unsupported(String),
    /// Nothing is there.
    #[error("{0} does not exist")]
    Missing(PathBuf),
    /// The path leads out of the project.
    #[error("`{uses}` leads to {path}, outside of the project")]
    Outside {
        /// What was written.
        uses: String,
        /// Where it leads.
        path: PathBuf,
    },
    /// A directory that is no crate.
    #[error("the directory {0} has no Cargo.toml, so it is no crate")]
    NoManifest(PathBuf),
    /// A device, a pipe or a socket.
    #[error("{0} is neither a file nor a directory")]
    NotAFile(PathBuf),
    /// The file is larger than any component.
    #[error("{path} is too large: it has {size} bytes, and a component has at most {limit}")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        size: u64,
        /// What is accepted.
        limit: u64,
    },
    /// The disk failed.
    #[error("cannot read or write {path}: {cause}")]
    InputOutput {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// A Cargo.toml that cannot be understood.
    #[error("{path} is not the manifest of a task: {cause}")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// The crate has to be built first.
    #[error("the crate {dir} is not built: {why}")]
    NotBuilt {
        /// The crate.
        dir: PathBuf,
        /// What is missing or old.
        why: &'static str,
    },
    /// Other bytes than a moment ago.
    #[error("{0} changed while infra was running")]
    Changed(PathBuf),
    /// What the component says about itself cannot be believed.
    #[error("the component's description of itself (custom section `infra:task`) is wrong: {0}")]
    Descriptor(String),
}

impl ComponentError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownBuiltIn { suggestion: Some(name), .. } => format!("did you mean `std/{name}`?"),
            Self::UnknownForm { suggestion: Some(uses), .. } => format!("did you mean `{uses}`? {FORMS}"),
            Self::UnknownBuiltIn { suggestion: None, .. } | Self::UnknownForm { suggestion: None, .. } => FORMS.to_owned(),
            Self::Unsupported(_) => {
                "fetch the component into the project, and name the file: `uses = \"./NAME.wasm\"`".to_owned()
            }
            Self::Missing(_) => {
                "write the path as it is seen from the Infrafile's directory; `infra new NAME` starts a task".to_owned()
            }
            Self::Outside { .. } => "copy the component into the project: tasks use nothing from outside of it".to_owned(),
            Self::NoManifest(_) => "name a .wasm file, or the directory of a crate; `infra new NAME` starts one".to_owned(),
            Self::NotAFile(_) | Self::TooLarge { .. } => "name a .wasm file, or the directory of a crate".to_owned(),
            Self::InputOutput { .. } => "see that the file can be read, and that the disk is not full".to_owned(),
            Self::Manifest { .. } => "`cargo metadata` in that directory says more".to_owned(),
            Self::NotBuilt { dir, .. } => format!("run `infra build {}`", dir.display()),
            Self::Changed(_) => "run again".to_owned(),
            Self::Descriptor(_) => "build it again with the SDK; `infra inspect FILE.wasm` shows what it says".to_owned(),
        }
    }

    pub(crate) fn io(path: &std::path::Path, error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::Missing(path.to_owned()),
            _ => Self::InputOutput { path: path.to_owned(), cause: error.to_string() },
        }
    }
}

const FORMS: &str = "write `std/NAME`, `./FILE.wasm`, or `./DIRECTORY` of a crate";

impl From<ComponentError> for TaskError {
    fn from(error: ComponentError) -> Self {
        Self::new(ErrorCode::COMPONENT, error.to_string()).hint(error.hint())
    }
}
