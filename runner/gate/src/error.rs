use infra_effect::Refusal;
use infra_event::{ErrorCode, TaskError};
use infra_journal::JournalError;

/// Why an effect was not admitted.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// A key refuses it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Its intent cannot be recorded.
    #[error(transparent)]
    Unrecorded(#[from] JournalError),
}

impl From<GateError> for TaskError {
    fn from(error: GateError) -> Self {
        match error {
            GateError::Refused(refusal) => {
                let details = serde_json::json!({ "kind": refusal.kind, "allow": refusal.line });
                Self::new(ErrorCode::DENIED, refusal.to_string()).hint(refusal.hint()).details(details)
            }
            GateError::Unrecorded(error) => Self::new(ErrorCode::INPUT_OUTPUT, error.to_string()),
        }
    }
}
