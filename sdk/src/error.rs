use std::fmt;

/// The result of a task and of most calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something failed. `?` turns any standard error into one.
///
/// It does not implement [`std::error::Error`] itself, because then it could not be made from all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The kind: `failed` unless said otherwise. `types.error` in the WIT package lists the documented words.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// More for programs.
    pub details: Option<serde_json::Value>,
}

impl Error {
    /// An error of a kind.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint: None, retryable: false, details: None }
    }

    /// An error of the kind `failed`.
    #[must_use]
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new("failed", message)
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

    /// Whether this is a plan that cannot know the answer.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.code == "unknown-until-applied"
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        Self::failed(message)
    }
}

/// Says what was being done when something failed.
pub trait Context<T> {
    /// Puts `doing` before the message.
    fn context(self, doing: impl fmt::Display) -> Result<T>;
}

impl<T, E: Into<Error>> Context<T> for Result<T, E> {
    fn context(self, doing: impl fmt::Display) -> Result<T> {
        self.map_err(|error| {
            let error = error.into();
            Error { message: format!("{doing}: {}", error.message), ..error }
        })
    }
}

impl<T> Context<T> for Option<T> {
    fn context(self, doing: impl fmt::Display) -> Result<T> {
        self.ok_or_else(|| Error::failed(doing.to_string()))
    }
}

/// Returns from the task with an error of the kind `failed`.
#[macro_export]
macro_rules! bail {
    ($($message:tt)+) => {
        return ::core::result::Result::Err($crate::Error::failed(::std::format!($($message)+)))
    };
}

/// Returns from the task with an error unless a condition holds.
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            $crate::bail!($($message)+);
        }
    };
}
