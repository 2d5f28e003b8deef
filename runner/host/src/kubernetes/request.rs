use super::api_error::{Again, again, is_absent, kubernetes_error};
use super::connection::Connection;
use http::{Method, Request as HttpRequest};
use infra_event::{ErrorCode, TaskError};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// How long a server that does not answer is waited for, where the caller has no deadline of its own: long enough for one to restart.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How often a request is sent again that the server failed at.
const FAILURES: u32 = 5;

/// A request of the API server.
#[derive(Clone, Debug)]
pub(super) struct Request {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<(&'static str, Vec<u8>)>,
    accept: &'static str,
}

impl Request {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), query: vec![], body: None, accept: "application/json" }
    }

    pub(super) fn post(path: impl Into<String>, body: &Value) -> Self {
        Self { method: Method::POST, ..Self::get(path) }.with_body("application/json", body)
    }

    pub(super) fn patch(path: impl Into<String>, content_type: &'static str, body: &Value) -> Self {
        Self { method: Method::PATCH, ..Self::get(path) }.with_body(content_type, body)
    }

    pub(super) fn delete(path: impl Into<String>, body: &Value) -> Self {
        Self { method: Method::DELETE, ..Self::get(path) }.with_body("application/json", body)
    }

    fn with_body(mut self, content_type: &'static str, body: &Value) -> Self {
        self.body = Some((content_type, body.to_string().into_bytes()));
        self
    }

    /// With a parameter of the query.
    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// With a parameter where there is a value.
    pub(super) fn with_some(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(super) const fn accepting(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    pub(super) fn http(&self) -> Result<HttpRequest<Vec<u8>>, TaskError> {
        let mut uri = self.path.clone();
        for (index, (name, value)) in self.query.iter().enumerate() {
            uri.push(if index == 0 { '?' } else { '&' });
            uri.push_str(name);
            uri.push('=');
            uri.push_str(&encoded(value));
        }
        let mut request = HttpRequest::builder().method(self.method.clone()).uri(uri).header("Accept", self.accept);
        let body = match &self.body {
            Some((content_type, body)) => {
                request = request.header("Content-Type", *content_type);
                body.clone()
            }
            None => vec![],
        };
        request
            .body(body)
            .map_err(|error| TaskError::new(ErrorCode::INVALID, format!("this cannot be asked of a server: {error}")))
    }
}

/// Everything but what RFC 3986 calls unreserved is escaped.
pub(super) fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    })
}

impl Connection {
    /// Sends a request until it is answered: as long as the server cannot be reached or is busy, up to the deadline.
    pub(super) async fn send(self: &Arc<Self>, doing: &str, request: &Request, deadline: Instant) -> Result<Value, TaskError> {
        self.attempt(request, deadline).await.map_err(|error| self.explain(doing, error))
    }

    /// As [`Connection::send`]; none where what was named is not there.
    pub(super) async fn find(
        self: &Arc<Self>,
        doing: &str,
        request: &Request,
        deadline: Instant,
    ) -> Result<Option<Value>, TaskError> {
        match self.attempt(request, deadline).await {
            Ok(value) => Ok(Some(value)),
            Err(Failure::Server(error)) if is_absent(&error) => Ok(None),
            Err(error) => Err(self.explain(doing, error)),
        }
    }

    /// As [`Connection::send`], with the failure as it came.
    pub(super) async fn attempt(self: &Arc<Self>, request: &Request, deadline: Instant) -> Result<Value, Failure> {
        let mut pause = FIRST_PAUSE;
        let mut failures = 0;
        loop {
            let error = match self.once(request, deadline).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let wait = match &error {
                Failure::Server(cause) => match again(cause) {
                    Again::Never => return Err(error),
                    Again::Failed | Again::Changed if failures >= FAILURES => return Err(error),
                    Again::Failed | Again::Changed => {
                        failures += 1;
                        pause
                    }
                    Again::Busy(seconds) => pause.max(Duration::from_secs(seconds.min(10))),
                    Again::Unreachable => pause,
                },
                Failure::Late => pause,
                Failure::Own(_) => return Err(error),
            };
            if Instant::now() + wait >= deadline {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// One attempt, on a task of the runtime, so that answers are not parsed on the guest's stack. Dropping the future drops the request.
    async fn once(self: &Arc<Self>, request: &Request, deadline: Instant) -> Result<Value, Failure> {
        let request = request.http().map_err(Failure::Own)?;
        let client = self.client.clone();
        let asked = async move {
            let text = client.request_text(request).await?;
            if text.is_empty() { Ok(Value::Null) } else { serde_json::from_str(&text).map_err(kube::Error::SerdeError) }
        };
        let limit = deadline.min(Instant::now() + ANSWER).max(Instant::now() + Duration::from_secs(1));
        let task = AbortOnDropHandle::new(tokio::spawn(asked));
        match tokio::time::timeout_at(limit, task).await {
            Ok(Ok(Ok(value))) => Ok(value),
            Ok(Ok(Err(error))) => Err(Failure::Server(error)),
            Ok(Err(_)) => Err(Failure::Own(TaskError::new(ErrorCode::CANCELLED, "the call of the API server was cancelled"))),
            Err(_) => Err(Failure::Late),
        }
    }

    pub(super) fn explain(&self, doing: &str, failure: Failure) -> TaskError {
        match failure {
            Failure::Server(error) => kubernetes_error(&self.context, doing, &error),
            Failure::Late => {
                let message = format!("cannot {doing}: the API server of the context `{}` does not answer in time", self.context);
                TaskError::new(ErrorCode::UNAVAILABLE, message).hint("look whether the server is overloaded").retryable()
            }
            Failure::Own(error) => error,
        }
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    Server(kube::Error),
    /// It took too long.
    Late,
    /// It is this side's.
    Own(TaskError),
}

/// When a call without a deadline of its own gives up.
pub(super) fn soon() -> Instant {
    Instant::now() + PATIENCE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_query_stays_in_it() {
        let request = Request::get("/api/v1/pods").with("labelSelector", "a=b,c in (d)&limit=1").with_some("x", None::<u32>);
        let uri = request.http().unwrap().uri().to_string();
        assert_eq!(uri, "/api/v1/pods?labelSelector=a%3Db%2Cc%20in%20%28d%29%26limit%3D1");
    }
}
