use infra_event::{ErrorCode, TaskError};
use kube::Error;
use kube::core::Status;
use serde_json::json;

/// Whether the same request may be sent again, and how soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// It would fail again.
    Never,
    /// The server was not reached, or the connection broke: until the deadline.
    Unreachable,
    /// The server says that it cannot now, perhaps in how many seconds it can.
    Busy(u64),
    /// Something changed the object in between.
    Changed,
    /// The server failed: a few times.
    Failed,
}

/// How another attempt stands.
pub(super) fn again(error: &Error) -> Again {
    match error {
        Error::Api(status) => match (status.code, status.reason.as_str()) {
            (429, _) => Again::Busy(seconds(status)),
            (409, "Conflict") if !is_field_conflict(status) => Again::Changed,
            (500 | 504, _) if seconds(status) > 0 => Again::Busy(seconds(status)),
            (502..=504, _) => Again::Unreachable,
            (500, _) if is_misfit(status) => Again::Never,
            (500, _) => Again::Failed,
            _ => Again::Never,
        },
        Error::Service(_) | Error::HyperError(_) | Error::ReadEvents(_) if !is_about_trust(error) => Again::Unreachable,
        _ => Again::Never,
    }
}

fn seconds(status: &Status) -> u64 {
    status.details.as_ref().map_or(0, |details| u64::from(details.retry_after_seconds))
}

/// Whether the server says that what was named is not there.
pub(super) fn is_absent(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.code == 404)
}

/// Whether the server refuses the user.
pub(super) fn is_forbidden(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.code == 403)
}

fn is_field_conflict(status: &Status) -> bool {
    causes(status).any(|(reason, _, _)| reason == "FieldManagerConflict")
}

/// Whether an object does not fit the schema of its kind. Of custom resources servers say so as if they had failed themselves.
fn is_misfit(status: &Status) -> bool {
    status.message.contains("failed to create typed patch object")
}

fn causes(status: &Status) -> impl Iterator<Item = (&str, &str, &str)> {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    causes.map(|cause| (cause.reason.as_str(), cause.field.as_str(), cause.message.as_str()))
}

/// The innermost cause, which is the one that says something.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(next) = inner.source() {
        inner = next;
    }
    inner.to_string()
}

fn is_about_trust(error: &Error) -> bool {
    let text = innermost(error).to_lowercase();
    ["certificate", "handshake", "invalid peer", "unknownissuer"].iter().any(|word| text.contains(word))
}

/// A failure as an error with cause and hint. `doing` completes "cannot …".
pub(super) fn kubernetes_error(context: &str, doing: &str, error: &Error) -> TaskError {
    match error {
        Error::Api(status) => refused(doing, status),
        Error::Auth(cause) => TaskError::new(
            ErrorCode::UNAVAILABLE,
            format!("cannot {doing}: the user of the context `{context}` is not usable: {cause}"),
        )
        .hint("look at the user in the kubeconfig"),
        Error::UpgradeConnection(cause) => {
            TaskError::new(ErrorCode::FAILED, format!("cannot {doing}: the API server does not open a stream: {cause}"))
                .hint("a proxy between here and the server may not pass WebSockets on")
        }
        Error::Service(_) | Error::HyperError(_) | Error::ReadEvents(_) if is_about_trust(error) => {
            let message =
                format!("cannot {doing}: the API server of the context `{context}` is not trusted: {}", innermost(error));
            TaskError::new(ErrorCode::UNAVAILABLE, message)
                .hint("look at `certificate-authority` and the user's certificate in the kubeconfig")
        }
        Error::Service(_) | Error::HyperError(_) | Error::ReadEvents(_) => {
            let message =
                format!("cannot {doing}: the API server of the context `{context}` does not answer: {}", innermost(error));
            TaskError::new(ErrorCode::UNAVAILABLE, message)
                .hint(format!("look whether the cluster is up: `kubectl --context {context} version`"))
                .retryable()
        }
        other => TaskError::new(ErrorCode::FAILED, format!("cannot {doing}: {}", innermost(other)))
            .hint("the server's answer is not understood"),
    }
}

fn refused(doing: &str, status: &Status) -> TaskError {
    let message = if status.message.is_empty() { &status.reason } else { &status.message };
    let text = format!("cannot {doing}: {}", message.trim());
    let error =
        |code: &str| TaskError::new(code, text.clone()).details(json!({ "status": status.code, "reason": status.reason }));
    if is_field_conflict(status) {
        return field_conflict(doing, status);
    }
    let lower = message.to_lowercase();
    if status.code == 403 && lower.contains("exceeded quota") {
        return error(ErrorCode::CONFLICT).hint("`kubectl describe quota` shows what is used; ask for less, or raise the quota");
    }
    match (status.code, status.reason.as_str()) {
        (500, _) if is_misfit(status) => error(ErrorCode::INVALID).hint("correct what the message names"),
        (401, _) => {
            error(ErrorCode::UNAVAILABLE).hint("the credentials of the context's user are wrong or have expired: log in again")
        }
        (403, _) => {
            error(ErrorCode::FAILED).hint("the cluster's own rules refuse it: `kubectl auth can-i` shows what the user may do")
        }
        (404, _) => error(ErrorCode::NOT_FOUND).hint("look at the name, the namespace and the kind"),
        (409, "AlreadyExists") => error(ErrorCode::CONFLICT).hint("use another name, or delete it first"),
        (409, _) => error(ErrorCode::CONFLICT).hint("something else changed it; try again").retryable(),
        (400 | 422, _) => error(ErrorCode::INVALID).hint("correct what the message names"),
        (429 | 500..=599, _) => {
            error(ErrorCode::UNAVAILABLE).hint("the server, or something that it asks, is not well; try again").retryable()
        }
        _ => error(ErrorCode::FAILED).hint("the server's log says more"),
    }
}

/// Someone else manages the field: who, and which.
fn field_conflict(doing: &str, status: &Status) -> TaskError {
    let mut managers: Vec<String> = vec![];
    let mut fields: Vec<String> = vec![];
    for (_, field, message) in causes(status).filter(|(reason, _, _)| *reason == "FieldManagerConflict") {
        // As `conflict with "kubectl-client-side-apply" using apps/v1`.
        let manager = message.split('"').nth(1).unwrap_or(message).to_owned();
        if !managers.contains(&manager) {
            managers.push(manager);
        }
        fields.push(field.trim_start_matches('.').to_owned());
    }
    let who = managers.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    TaskError::new(ErrorCode::CONFLICT, format!("cannot {doing}: {who} manages {}", fields.join(", ")))
        .hint("leave these fields out of the manifest, or take them over with `force`, which needs the verb `force`")
        .details(json!({ "reason": "FieldManagerConflict", "managers": managers, "fields": fields }))
}
