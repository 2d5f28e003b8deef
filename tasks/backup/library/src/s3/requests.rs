//! Signed requests, and what their answers say.

use super::address::Address;
use super::answer;
use super::credentials::Credentials;
use super::signature::{Signed, authorization, query, sha256};
use crate::time::{compact, now};
use infra::http::{Request, Response};
use infra::{Error, Result};
use std::time::Duration;

/// The longest small object or list.
const SMALL: u64 = 16 << 20;
/// How long a store may let wait: it puts the parts of a large object together before it answers.
const PATIENCE: Duration = Duration::from_secs(300);
const RETRIES: u32 = 4;

/// Makes requests for one bucket.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    pub(super) address: Address,
    pub(super) credentials: Credentials,
}

impl Requests {
    /// A request about an object, or about the bucket where the key is empty, for a body with this SHA-256.
    pub(super) fn signed(&self, method: &str, key: &str, pairs: &[(&str, &str)], payload: &str) -> Request {
        let (address, query, time) = (&self.address, query(pairs), compact(now()));
        let path = format!("/{}/{key}", address.bucket);
        let mut headers = vec![
            ("host".to_owned(), address.authority.clone()),
            ("x-amz-content-sha256".to_owned(), payload.to_owned()),
            ("x-amz-date".to_owned(), time.clone()),
        ];
        if let Some(token) = &self.credentials.session_token {
            headers.push(("x-amz-security-token".to_owned(), token.clone()));
        }
        let signed = Signed { method, path: &path, query: &query, headers: &headers, payload, time: &time };
        let authorization = authorization(&signed, &self.credentials);
        let question = if query.is_empty() { String::new() } else { format!("?{query}") };
        let url = format!("{}{path}{question}", address.host());
        let request = Request::new(method, url).redirects(0).retries(RETRIES).timeout(PATIENCE);
        // The runner says which host it is.
        let headers = headers.into_iter().filter(|(name, _)| name != "host");
        headers.fold(request, |request, (name, value)| request.header(name, value)).header("authorization", authorization)
    }

    /// A request without a body.
    pub(super) fn bare(&self, method: &str, key: &str, pairs: &[(&str, &str)]) -> Request {
        self.signed(method, key, pairs, &sha256(b""))
    }

    /// A request with a small body.
    pub(super) fn with(&self, method: &str, key: &str, pairs: &[(&str, &str)], body: &str) -> Request {
        self.signed(method, key, pairs, &sha256(body.as_bytes())).body(body)
    }

    /// Sends it; none for what is not there.
    pub(super) fn ask(&self, request: Request) -> Result<Option<Response>> {
        let response = request.max_body(SMALL).send()?;
        match response.status() {
            200..300 => Ok(Some(response)),
            status => match self.refusal(status, &response.text()) {
                error if error.code == "not-found" && is_object(&response.text()) => Ok(None),
                error => Err(error),
            },
        }
    }

    /// Sends it; what is not there is an error.
    pub(super) fn must(&self, request: Request) -> Result<Response> {
        self.ask(request)?.ok_or_else(|| Error::new("not-found", format!("{} is not there", self.address.place(""))))
    }

    /// What an answer that is no success says.
    pub(super) fn refusal(&self, status: u16, body: &str) -> Error {
        let record = answer::records(body, "Error").ok().and_then(|records| records.into_iter().next()).unwrap_or_default();
        let text = |name: &str| record.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let code = text("Code").unwrap_or_else(|| status.to_string());
        let said = text("Message").map(|message| format!(": {message}")).unwrap_or_default();
        let (place, host) = (self.address.place(""), self.address.host());
        let error = |kind: &str, what: &str, hint: &str| Error::new(kind, format!("{what} ({code}{said})")).hint(hint);
        match (status, code.as_str()) {
            (_, "NoSuchBucket") => {
                let what = format!("there is no bucket `{}` on {host}", self.address.bucket);
                error("not-found", &what, "make it, or set `create-bucket = true`")
            }
            (_, "NoSuchUpload") => error("failed", &format!("{host} does not know the upload any more"), "save again"),
            (404, _) => error("not-found", &format!("{place} is not there"), "look at the prefix"),
            (_, "AuthorizationHeaderMalformed" | "PermanentRedirect") | (301, _) => {
                error("failed", &format!("{host} serves {place} in another region"), "correct `region` and `endpoint`")
            }
            (_, "RequestTimeTooSkewed") => error("failed", &format!("{host} has another time"), "correct this machine's clock"),
            (401 | 403, _) => error(
                "failed",
                &format!("{host} refuses these credentials for {place}"),
                "look at `access-key` and `secret-key`, and at what they may do there",
            ),
            (500.., _) => error("unavailable", &format!("{host} cannot do it now"), "try again later").retryable(),
            _ => error("failed", &format!("{host} refuses a request for {place}"), "look at the store's log"),
        }
    }
}

/// Whether a refusal is about one object: an answer to `HEAD` says no more than that it is not there.
fn is_object(body: &str) -> bool {
    let code = answer::field(body, "Error", "Code").unwrap_or_default();
    matches!(code.as_str(), "" | "NoSuchKey")
}
