//! Servers over HTTP, and TCP ports. Needs `http` grants.
//!
//! ```
//! use infra::{http, testing::TestHost};
//!
//! let host = TestHost::new().response("GET https://api.example.com/v1", 200, r#"{"version":3}"#);
//! let version = host.run(|| http::get("https://api.example.com/v1").send()?.success()?.json::<serde_json::Value>());
//! assert_eq!(version.map(|answer| answer["version"].clone()), Ok(3.into()));
//! ```

use crate::host::{self, ConnectingHandle, ExchangeHandle, Waitable};
use crate::{Error, Result};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// What a request sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// This.
    Bytes(Vec<u8>),
    /// What the task writes to the [`Exchange`]; its length where it is known.
    Streamed(Option<u64>),
}

/// A request. It follows up to 5 redirects, and waits 30 seconds at most for each answer, unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Request {
    /// As `GET`.
    pub method: String,
    /// As `https://api.example.com/v1`.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Body,
    /// How many redirects are followed.
    pub redirects: u32,
    /// How often it is tried again, where that is safe.
    pub retries: u32,
    /// How long the server may let wait.
    pub timeout: Duration,
    /// How long it all may take.
    pub deadline: Option<Duration>,
    /// The longest body of a response, in bytes.
    pub max_body: Option<u64>,
    /// Certificates (PEM) that are trusted instead of the system's.
    pub authorities: Option<String>,
}

/// A request with `GET`.
pub fn get(url: impl Into<String>) -> Request {
    Request::new("GET", url)
}

/// A request with `POST`.
pub fn post(url: impl Into<String>) -> Request {
    Request::new("POST", url)
}

/// A request with `PUT`.
pub fn put(url: impl Into<String>) -> Request {
    Request::new("PUT", url)
}

/// A request with `DELETE`.
pub fn delete(url: impl Into<String>) -> Request {
    Request::new("DELETE", url)
}

impl Request {
    /// A request with any method.
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: Body::None,
            redirects: 5,
            retries: 0,
            timeout: Duration::from_secs(30),
            deadline: None,
            max_body: None,
            authorities: None,
        }
    }

    /// Also this header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With this body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Bytes(body.into());
        self
    }

    /// With this JSON as body.
    pub fn json(self, json: &serde_json::Value) -> Self {
        self.header("content-type", "application/json").body(json.to_string())
    }

    /// With a body that is written to the [`Exchange`].
    pub fn streamed(mut self, length: Option<u64>) -> Self {
        self.body = Body::Streamed(length);
        self
    }

    /// With so many redirects.
    pub fn redirects(mut self, redirects: u32) -> Self {
        self.redirects = redirects;
        self
    }

    /// With so many further attempts, where they are safe.
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// The server may let wait so long.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// It all may take so long.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The body of the response has at most so many bytes.
    pub fn max_body(mut self, bytes: u64) -> Self {
        self.max_body = Some(bytes);
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// `denied`, `invalid`, `unknown-until-applied`.
    pub fn start(self) -> Result<Exchange> {
        host::with(|host| host.send_request(&self)).map(Exchange)
    }

    /// Sends it, and reads the response as a whole.
    ///
    /// # Errors
    /// `denied`, `invalid`, `unavailable`, `timeout`, `limit`, `unknown-until-applied`. An answer as 404 is a response.
    pub fn send(self) -> Result<Response> {
        self.start()?.read()
    }
}

/// The head of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// As 200.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// Where it comes from, after redirects.
    pub url: String,
    /// The address that answered.
    pub address: String,
}

/// A whole response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// Its head.
    pub head: Head,
    /// Its body.
    pub body: Vec<u8>,
}

impl Response {
    /// As 200.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// The first header of this name, which is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The response, where its status is 2xx.
    ///
    /// # Errors
    /// `failed` with the beginning of the body.
    pub fn success(self) -> Result<Self> {
        if (200..300).contains(&self.head.status) {
            return Ok(self);
        }
        let said: String = String::from_utf8_lossy(&self.body).chars().take(200).collect();
        let said = if said.trim().is_empty() { String::new() } else { format!(": {}", said.trim()) };
        Err(Error::failed(format!("{} answers {}{said}", self.head.url, self.head.status))
            .details(serde_json::json!({ "status": self.head.status })))
    }

    /// The body as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// `failed` when it is not, or is of another form.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Error::failed(format!("{} answers with JSON of another form: {error}", self.head.url)))
    }
}

/// A request under way; dropping it closes the connection.
pub struct Exchange(Box<dyn ExchangeHandle>);

impl Exchange {
    pub(crate) fn new(handle: Box<dyn ExchangeHandle>) -> Self {
        Self(handle)
    }

    /// Writes to the request's body.
    ///
    /// # Errors
    /// `input-output` when the server reads no more.
    pub fn write(&self, data: &[u8]) -> Result<()> {
        self.0.write(data)
    }

    /// Ends the request's body. Without it the server is told that the body is incomplete.
    ///
    /// # Errors
    /// `invalid` when it is shorter than said.
    pub fn finish(&self) -> Result<()> {
        self.0.finish()
    }

    /// Waits for the head of the response.
    ///
    /// # Errors
    /// `denied`, `unavailable`, `timeout`.
    pub fn response(&self) -> Result<Head> {
        self.0.response()
    }

    /// The next piece of the response's body; none at its end.
    ///
    /// # Errors
    /// `unavailable`, `timeout`, `limit`.
    pub fn next(&self) -> Result<Option<Vec<u8>>> {
        self.0.next()
    }

    /// Reads the response as a whole.
    ///
    /// # Errors
    /// As [`Exchange::next`].
    pub fn read(self) -> Result<Response> {
        let head = self.response()?;
        let mut body = Vec::new();
        while let Some(piece) = self.next()? {
            body.extend_from_slice(&piece);
        }
        Ok(Response { head, body })
    }
}

impl Waitable for Exchange {
    fn waitable(&self) -> &dyn std::any::Any {
        self.0.waitable()
    }
}

/// A port that took a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// The address with the port.
    pub address: String,
    /// Milliseconds.
    pub duration_ms: u64,
}

/// A connection on its way; dropping it gives it up.
pub struct Connecting(Box<dyn ConnectingHandle>);

impl Connecting {
    /// Waits until something takes the connection, which is closed at once.
    ///
    /// # Errors
    /// `denied`, `unavailable`, `timeout`.
    pub fn wait(self) -> Result<Reached> {
        self.0.wait()
    }
}

impl Waitable for Connecting {
    fn waitable(&self) -> &dyn std::any::Any {
        self.0.waitable()
    }
}

/// Looks whether something listens on a TCP port.
///
/// # Errors
/// `denied`, `invalid`.
pub fn connect(name: &str, port: u16, timeout: Duration) -> Result<Connecting> {
    host::with(|host| host.connect(name, port, timeout)).map(Connecting)
}
