use crate::error_event::error_event;
use crate::{Global, OutputMode};
use infra_event::{ErrorCode, ExitCode, TaskError};
use infra_infrafile::Diagnostics;
use infra_journal::JournalError;

/// Why a verb ended without doing its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    /// The Infrafile or the command line is wrong.
    #[error(transparent)]
    Infrafile(#[from] Diagnostics),
    /// The command line is wrong.
    #[error("{message}")]
    Usage { message: String, hint: String },
    /// There is no Infrafile.
    #[error("there is no Infrafile.toml here or above")]
    NoInfrafile,
    /// Grants are missing, or an effect is refused.
    #[error("{0}")]
    Refused(String),
    /// Another run holds a lock.
    #[error("another run holds the lock `{lock}`{holder}")]
    Locked { lock: String, holder: String },
    /// A file of the runner's own cannot be used.
    #[error("{message}")]
    Failed { message: String, hint: Option<String>, code: ExitCode },
}

impl SessionError {
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }

    pub(crate) fn input_output(message: impl Into<String>) -> Self {
        Self::Failed { message: message.into(), hint: None, code: ExitCode::InputOutput }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Infrafile(diagnostics) if diagnostics.usage => ExitCode::Usage,
            Self::Infrafile(_) | Self::NoInfrafile => ExitCode::Infrafile,
            Self::Usage { .. } => ExitCode::Usage,
            Self::Refused(_) => ExitCode::Refused,
            Self::Locked { .. } => ExitCode::Locked,
            Self::Failed { code, .. } => *code,
        }
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        match self {
            Self::NoInfrafile => Some("`infra init` starts one; `-f FILE` names another"),
            Self::Usage { hint, .. } => Some(hint),
            Self::Locked { .. } => Some("`--wait` waits until it has ended; `infra history` shows the runs"),
            Self::Failed { hint, .. } => hint.as_deref(),
            Self::Infrafile(_) | Self::Refused(_) => None,
        }
    }
}

impl From<JournalError> for SessionError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::NoSuchRun(name) if name == "last" => {
                Self::usage("nothing has run here yet", "`infra run TASK` runs a task; `infra list` shows them")
            }
            JournalError::NoSuchRun(name) => Self::usage(format!("there is no run `{name}`"), "`infra history` lists the runs"),
            JournalError::SeveralRuns(_) => Self::usage(error.to_string(), "write more of it; `infra history` lists the runs"),
            JournalError::Read(cause) => Self::Failed {
                message: format!("the journal {} cannot be read: {cause}", journal()),
                hint: Some("the next `infra run` puts a damaged journal aside and begins a new one".to_owned()),
                code: ExitCode::InputOutput,
            },
            other => Self::input_output(other.to_string()),
        }
    }
}

impl From<TaskError> for SessionError {
    fn from(error: TaskError) -> Self {
        let code = match error.code.as_str() {
            ErrorCode::DENIED => ExitCode::Refused,
            ErrorCode::UNAVAILABLE => ExitCode::Unavailable,
            ErrorCode::INPUT_OUTPUT => ExitCode::InputOutput,
            ErrorCode::DEFECT => ExitCode::Defect,
            _ => ExitCode::Failed,
        };
        Self::Failed { message: error.message, hint: error.hint, code }
    }
}

/// A result that could not be written was not given.
fn written(code: ExitCode) -> Result<ExitCode, SessionError> {
    match crate::verb::unwritten() {
        Some(error) => Err(SessionError::Failed {
            message: format!("the result cannot be written to standard output: {error}"),
            hint: Some("what ran has run; `infra history` and `infra logs` show it".to_owned()),
            code: ExitCode::InputOutput,
        }),
        None => Ok(code),
    }
}

/// Ends a verb: tells what went wrong on standard error.
pub(crate) fn end(global: &Global, result: Result<ExitCode, SessionError>) -> ExitCode {
    let error = match result.and_then(written) {
        Ok(code) => return code,
        Err(error) => error,
    };
    if global.output == OutputMode::Json {
        eprintln!("{}", error_event(&error));
        return error.exit_code();
    }
    let style = global.status_style();
    match &error {
        SessionError::Infrafile(diagnostics) => eprintln!("{}", diagnostics.render(style.color)),
        other => {
            let (bold, plain) = if style.color { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
            eprintln!("{bold}error{plain}: {}", infra_report::clean_message(&other.to_string()));
        }
    }
    if let Some(hint) = error.hint() {
        eprintln!("  hint: {}", infra_report::clean_message(hint));
    }
    error.exit_code()
}

/// Where the journal is, for people.
fn journal() -> String {
    crate::directories::Directories::find().map_or_else(|_| String::new(), |found| found.journal().display().to_string())
}
