use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of a failure: an open set of words, of which these are documented.
pub struct ErrorCode;

impl ErrorCode {
    /// A grant or the policy refused the effect.
    pub const DENIED: &str = "denied";
    /// A program, container or job ended with a failure.
    pub const FAILED: &str = "failed";
    /// Something that was named does not exist.
    pub const NOT_FOUND: &str = "not-found";
    /// Something is there already, or is of another shape.
    pub const CONFLICT: &str = "conflict";
    /// An argument is wrong.
    pub const INVALID: &str = "invalid";
    /// A daemon, a registry or a cluster does not answer.
    pub const UNAVAILABLE: &str = "unavailable";
    /// The time limit has passed.
    pub const TIMEOUT: &str = "timeout";
    /// The step was cancelled.
    pub const CANCELLED: &str = "cancelled";
    /// The component trapped.
    pub const TRAP: &str = "trap";
    /// The component exceeded one of its limits.
    pub const LIMIT: &str = "limit";
    /// The component could not be loaded.
    pub const COMPONENT: &str = "component";
    /// In a plan: the answer is known only when the effect is performed.
    pub const UNKNOWN: &str = "unknown-until-applied";
    /// The disk or the network failed.
    pub const INPUT_OUTPUT: &str = "input-output";
    /// This platform or server cannot do it.
    pub const UNSUPPORTED: &str = "unsupported";
    /// A defect of `infra`.
    pub const DEFECT: &str = "defect";
}

/// Why a task failed: what happened, and what to do next. The same record as `error` in the WIT package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskError {
    /// The kind, one of [`ErrorCode`]'s words or a task's own.
    pub code: String,
    /// What happened, one sentence.
    pub message: String,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Whether the same call may succeed later.
    #[serde(default)]
    pub retryable: bool,
    /// More for programs, in JSON: for example `exit_code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<serde_json::Value>,
}

impl TaskError {
    /// An error that is not retryable and has no hint.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint: None, retryable: false, details: None }
    }

    /// The same error with what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same error, worth another attempt.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// The same error with details for programs.
    #[must_use]
    pub fn details(mut self, details: serde_json::Value) -> Self {
        self.details = Some(details);
        self
    }

    /// The exit code of the program that failed, where the error is about one.
    #[must_use]
    pub fn exit_code(&self) -> Option<u8> {
        let code = self.details.as_ref()?.get("exit_code")?.as_u64()?;
        u8::try_from(code).ok()
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TaskError {}
