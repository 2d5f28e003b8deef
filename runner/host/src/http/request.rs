use super::body::{BodyWriter, Content, RequestBody};
use super::headers;
use super::location::Location;
use super::trust;
use super::turn::Turn;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use infra_effect::{HttpMethod, HttpScheme};
use infra_event::{ErrorCode, TaskError};
use rustls::ClientConfig;
use std::sync::Arc;
use std::time::Duration;

const MOST_REDIRECTS: u32 = 20;
const MOST_RETRIES: u32 = 10;
const LONGEST: Duration = Duration::from_secs(3600);

/// What is asked.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    /// The method's word.
    pub method: String,
    /// The URL.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The names of headers that no other origin gets, whatever they are.
    pub private: Vec<String>,
    /// What is sent.
    pub body: HttpBody,
    /// How many redirects are followed.
    pub redirects: u32,
    /// How often it is tried again.
    pub retries: u32,
    /// How long the server may let wait.
    pub timeout: Duration,
    /// How long it all may take.
    pub deadline: Option<Duration>,
    /// The longest body of a response.
    pub max_body: Option<u64>,
    /// Trusted instead of the system's certificates.
    pub authorities: Option<String>,
}

/// What a request sends.
#[derive(Clone, Debug)]
pub enum HttpBody {
    /// Nothing.
    None,
    /// This.
    Bytes(Bytes),
    /// What is written later; its length where it is known.
    Streamed(Option<u64>),
}

impl HttpRequest {
    /// A request without headers or body, with 30 seconds for each wait.
    #[must_use]
    pub fn new(method: &str, url: &str) -> Self {
        Self {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: vec![],
            private: vec![],
            body: HttpBody::None,
            redirects: 0,
            retries: 0,
            timeout: Duration::from_secs(30),
            deadline: None,
            max_body: None,
            authorities: None,
        }
    }
}

/// A request that was read, on its way through redirects.
pub(super) struct Call {
    pub(super) method: HttpMethod,
    pub(super) location: Location,
    pub(super) headers: HeaderMap,
    pub(super) content: Content,
    /// Whether redirects are followed; then, how many more.
    pub(super) follows: bool,
    pub(super) redirects: u32,
    pub(super) retries: u32,
    pub(super) timeout: Duration,
    pub(super) deadline: Option<Duration>,
    pub(super) max_body: Option<u64>,
    pub(super) authorities: Option<Arc<ClientConfig>>,
    pub(super) turn: Turn,
}

impl Call {
    pub(super) fn read(request: HttpRequest) -> Result<(Self, Option<BodyWriter>), TaskError> {
        let invalid = |message: String, hint: &str| TaskError::new(ErrorCode::INVALID, message).hint(hint);
        let method = HttpMethod::of(&request.method).ok_or_else(|| {
            let shown: String = request.method.chars().take(40).flat_map(char::escape_debug).collect();
            invalid(format!("`{shown}` is not a method that can be sent"), "GET, HEAD, OPTIONS, POST, PUT, PATCH or DELETE")
        })?;
        let location = Location::parse(&request.url)?;
        for (what, value, most) in [("redirects", request.redirects, MOST_REDIRECTS), ("retries", request.retries, MOST_RETRIES)]
        {
            if value > most {
                return Err(invalid(format!("{value} {what} are too many"), &format!("{most} at most")));
            }
        }
        if request.timeout.is_zero() || request.timeout > LONGEST {
            return Err(invalid("the time limit must be between 1 ms and one hour".to_owned(), "set `timeout-ms`"));
        }
        let turn = Turn::default();
        let (content, writer) = match request.body {
            HttpBody::None => (Content::None, None),
            _ if method.reads() => {
                return Err(invalid(format!("a request with {method} has no body"), "send it with POST, or put it in the URL"));
            }
            HttpBody::Bytes(bytes) => (Content::Bytes(bytes), None),
            HttpBody::Streamed(length) => {
                let (writer, body) = RequestBody::streamed(length, &turn);
                (Content::Streamed(Some(body)), Some(writer))
            }
        };
        let call = Self {
            method,
            location,
            headers: headers::checked(&request.headers, &request.private)?,
            content,
            follows: request.redirects > 0,
            redirects: request.redirects,
            retries: request.retries,
            timeout: request.timeout,
            deadline: request.deadline,
            max_body: request.max_body,
            authorities: request.authorities.as_deref().map(trust::only).transpose()?,
            turn,
        };
        Ok((call, writer))
    }

    /// Whether a request that may have arrived may be sent again.
    pub(super) fn may_repeat(&self) -> bool {
        self.method.idempotent() && self.content.is_repeatable()
    }

    /// The request that a redirect asks for (RFC 9110, 15.4).
    pub(super) fn follow(&mut self, status: StatusCode, to: &str) -> Result<(), TaskError> {
        let next = self.location.join(to)?;
        let refuse = |why: &str, hint: &str| Err(super::failure::redirect(format!("{} {why}", self.location.url()), hint));
        if self.location.scheme == HttpScheme::Https && next.scheme == HttpScheme::Http {
            return refuse("redirects from `https` to `http`", "correct the server, or ask for the other URL itself");
        }
        if self.redirects == 0 {
            return refuse("redirects too often", "look whether it leads in a circle, or allow more redirects");
        }
        let reads = match status {
            StatusCode::SEE_OTHER => self.method != HttpMethod::Head,
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == HttpMethod::Post,
            _ => false,
        };
        if reads {
            self.method = HttpMethod::Get;
            self.content = Content::None;
            for name in ["content-type", "content-language", "content-encoding"] {
                self.headers.remove(name);
            }
        } else if !self.content.is_repeatable() {
            return refuse("redirects a body that was streamed", "ask for the other URL itself, or send the body as bytes");
        }
        if !next.same_origin(&self.location) {
            super::headers::leave_harmless(&mut self.headers);
        }
        self.redirects -= 1;
        self.location = next;
        Ok(())
    }
}
