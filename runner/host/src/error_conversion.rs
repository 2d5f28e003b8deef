use crate::bindings::infra::task::types::Error;
use infra_event::TaskError;

/// The error as the guest sees it.
pub(crate) fn wit_error(error: TaskError) -> Error {
    Error {
        code: error.code,
        message: error.message,
        hint: error.hint,
        retryable: error.retryable,
        details: error.details.map(|details| details.to_string()),
    }
}

/// The error as the runner sees it. A guest's details that are not JSON are kept as text.
pub(crate) fn task_error(error: Error) -> TaskError {
    let details = error.details.map(|details| serde_json::from_str(&details).unwrap_or(serde_json::Value::String(details)));
    TaskError { code: error.code, message: error.message, hint: error.hint, retryable: error.retryable, details }
}

/// The interface holds types alone.
impl crate::bindings::infra::task::types::Host for crate::State {}
