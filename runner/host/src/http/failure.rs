use infra_event::{ErrorCode, TaskError};
use serde_json::json;
use std::io;
use std::time::Duration;

/// A failure, and whether the server may have got the request.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: TaskError,
    pub(super) sent: bool,
}

impl Failure {
    pub(super) const fn before(error: TaskError) -> Self {
        Self { error, sent: false }
    }

    pub(super) const fn after(error: TaskError) -> Self {
        Self { error, sent: true }
    }
}

fn network(message: String, hint: &str, cause: &str) -> TaskError {
    TaskError::new(ErrorCode::UNAVAILABLE, message).hint(hint).details(json!({ "cause": cause })).retryable()
}

pub(super) fn not_found(host: &str, why: &str) -> TaskError {
    let hint = "look at the name, and whether this machine can resolve names";
    network(format!("the name `{host}` has no address: {why}"), hint, "dns")
}

pub(super) fn not_connected(place: &str, error: &io::Error) -> TaskError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            network(format!("nothing listens on {place}"), "start it, or correct the address and the port", "refused")
        }
        io::ErrorKind::TimedOut => timed_out(&format!("{place} does not take the connection"), None),
        _ => network(
            format!("{place} cannot be reached: {error}"),
            "look at the address, and at this machine's network",
            "unreachable",
        ),
    }
}

pub(super) fn timed_out(what: &str, after: Option<Duration>) -> TaskError {
    let after = after.map(|after| format!(" within {after:?}")).unwrap_or_default();
    TaskError::new(ErrorCode::TIMEOUT, format!("{what}{after}"))
        .hint("look whether the server works, or give it more time")
        .details(json!({ "cause": "timeout" }))
        .retryable()
}

pub(super) fn tls(place: &str, error: &io::Error) -> TaskError {
    let broken = matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset);
    let certificate = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        .is_some_and(|error| matches!(error, rustls::Error::InvalidCertificate(_)));
    let hint = if certificate {
        "trust who signed it (SSL_CERT_FILE, or `authorities` in the request), or correct the server's certificate"
    } else {
        "look whether the port speaks TLS"
    };
    let error = network(format!("{place} has no TLS that is trusted: {error}"), hint, "tls");
    TaskError { retryable: broken, ..error }
}

pub(super) fn broken(place: &str, error: &dyn std::error::Error) -> TaskError {
    let mut why = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        why = format!("{why}: {cause}");
        source = cause.source();
    }
    network(format!("{place} broke off: {why}"), "look at the server's log; try again", "broken")
}

pub(super) fn too_large(place: &str, limit: u64) -> TaskError {
    TaskError::new(ErrorCode::LIMIT, format!("{place} answers with more than {limit} bytes"))
        .hint("raise `max-body`, or ask for less")
        .details(json!({ "cause": "too-large" }))
}

pub(super) fn redirect(message: String, hint: &str) -> TaskError {
    TaskError::new(ErrorCode::FAILED, message).hint(hint).details(json!({ "cause": "redirect" }))
}

/// Of a write: nobody knows what became of it.
pub(super) fn in_doubt(error: TaskError) -> TaskError {
    TaskError {
        message: format!("{}; whether the server has done it is not known", error.message),
        hint: Some("look there before it is sent again".to_owned()),
        retryable: false,
        ..error
    }
}
