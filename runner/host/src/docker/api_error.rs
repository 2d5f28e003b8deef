use bollard::errors::Error;
use infra_event::{ErrorCode, TaskError};

/// A daemon's failure as an error with cause and hint. `doing` completes "cannot …".
pub fn docker_error(doing: &str, error: Error) -> TaskError {
    match error {
        Error::DockerResponseServerError { status_code, message } => classify(doing, Some(status_code), &message),
        Error::DockerStreamError { error } => classify(doing, None, &error),
        Error::RequestTimeoutError => {
            TaskError::new(ErrorCode::TIMEOUT, format!("cannot {doing}: the Docker daemon does not answer in time"))
                .hint("look whether the daemon is overloaded: `docker info`")
                .retryable()
        }
        Error::SocketNotFoundError(path) => gone(doing, &format!("{path} is not there")),
        Error::HyperResponseError { err } => gone(doing, &cause(&err)),
        Error::HyperLegacyError { err } => gone(doing, &cause(&err)),
        Error::IOError { err } => gone(doing, &cause(&err)),
        other => TaskError::new(ErrorCode::FAILED, format!("cannot {doing}: the daemon's answer is not understood: {other}"))
            .hint("look at the daemon's version with `docker version`; 20.10 and later are supported"),
    }
}

/// Whether the daemon says that what was named is not there.
pub fn is_absent(error: &Error) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code: 404, .. })
}

fn gone(doing: &str, why: &str) -> TaskError {
    TaskError::new(ErrorCode::UNAVAILABLE, format!("cannot {doing}: the connection to the Docker daemon broke: {why}"))
        .hint("look whether the daemon still runs: `docker info`, or `systemctl status docker`")
        .retryable()
}

/// The innermost cause, which is the one that says something.
fn cause(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(next) = inner.source() {
        inner = next;
    }
    inner.to_string()
}

const UNREACHABLE: [&str; 18] = [
    "dial tcp",
    "no such host",
    "connection refused",
    "connection reset",
    "i/o timeout",
    "tls handshake timeout",
    "network is unreachable",
    "no route to host",
    "server misbehaving",
    "unexpected eof",
    ": eof",
    "context deadline exceeded",
    "client.timeout exceeded",
    "request canceled while waiting",
    "http response to https client",
    "502 bad gateway",
    "503 service unavailable",
    "received unexpected http status: 5",
];
const UNAUTHORIZED: [&str; 4] =
    ["unauthorized", "authentication required", "no basic auth credentials", "requested access to the resource is denied"];

fn classify(doing: &str, status: Option<u16>, message: &str) -> TaskError {
    let lower = message.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let text = format!("cannot {doing}: {}", message.trim());
    let error = |code: &str| TaskError::new(code, text.clone());
    if has(&["no space left on device"]) {
        return error(ErrorCode::INPUT_OUTPUT).hint(
            "the daemon's disk is full: `docker system df` shows what uses it, `docker system prune` frees what is unused",
        );
    }
    if has(&["pull access denied"]) {
        return error(ErrorCode::NOT_FOUND).hint("look at the image's name; if the repository is private, `docker login` first");
    }
    if has(&UNAUTHORIZED) || status == Some(401) {
        return error(ErrorCode::FAILED)
            .hint("`docker login REGISTRY` stores credentials that the registry accepts")
            .details(serde_json::json!({ "cause": "unauthorized" }));
    }
    if has(&["toomanyrequests", "too many requests", "rate limit"]) {
        return error(ErrorCode::UNAVAILABLE)
            .hint("the registry limits pulls: wait, or `docker login` for a higher limit")
            .retryable();
    }
    if has(&["port is already allocated", "address already in use"]) {
        return error(ErrorCode::CONFLICT).hint("stop what uses the port, or publish another one");
    }
    if has(&["is already in use by container"]) {
        return error(ErrorCode::CONFLICT)
            .hint("a container has this name: remove it (`docker rm -f NAME`), or use another name");
    }
    if has(&UNREACHABLE) && (status.is_none() || status.is_some_and(|status| status >= 500)) {
        return error(ErrorCode::UNAVAILABLE)
            .hint("the registry does not answer: look at the network, at the daemon's proxy settings, and at the image's name")
            .retryable();
    }
    match status {
        Some(404) => error(ErrorCode::NOT_FOUND).hint("look at the name; `docker images`, `docker ps -a` list what is there"),
        Some(409) => error(ErrorCode::CONFLICT).hint("something uses it, or has its name: `docker ps -a` shows what"),
        Some(400) => error(ErrorCode::INVALID).hint("the daemon refuses the request: correct what the message names"),
        None if has(&["manifest unknown", "not found"]) => {
            error(ErrorCode::NOT_FOUND).hint("look at the image's name and tag: the registry does not have it")
        }
        _ => error(ErrorCode::FAILED).hint("the daemon's log says more: `journalctl -u docker`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(status: Option<u16>, message: &str) -> (String, bool) {
        let error = classify("pull `x`", status, message);
        assert!(error.hint.is_some(), "{message}");
        (error.code, error.retryable)
    }

    #[test]
    fn each_failure_has_its_code() {
        let cases = [
            (
                Some(500),
                "Get \"http://127.0.0.1:5000/v2/\": dial tcp 127.0.0.1:5000: connect: connection refused",
                "unavailable",
                true,
            ),
            (
                Some(500),
                "Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup registry-1.docker.io: no such host",
                "unavailable",
                true,
            ),
            (Some(404), "manifest for x:y not found: manifest unknown: manifest unknown", "not-found", false),
            (
                Some(404),
                "pull access denied for x, repository does not exist or may require 'docker login': denied",
                "not-found",
                false,
            ),
            (Some(500), "Get \"http://r/v2/x/manifests/latest\": no basic auth credentials", "failed", false),
            (None, "write /var/lib/docker/tmp/x: no space left on device", "input-output", false),
            (Some(500), "Bind for 127.0.0.1:5432 failed: port is already allocated", "conflict", false),
            (Some(409), "Conflict. The container name \"/x\" is already in use by container \"y\".", "conflict", false),
            (Some(404), "No such container: x", "not-found", false),
            (None, "toomanyrequests: You have reached your pull rate limit.", "unavailable", true),
            (Some(400), "invalid reference format", "invalid", false),
        ];
        for (status, message, wanted, retryable) in cases {
            assert_eq!(code(status, message), (wanted.to_owned(), retryable), "{message}");
        }
    }
}
