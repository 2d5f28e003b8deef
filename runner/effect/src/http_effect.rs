use crate::{AddressClass, HttpMethod};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A request over HTTP, or a TCP port that is looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpEffect {
    /// How it is spoken to.
    pub scheme: HttpScheme,
    /// The method; none where a connection is only opened.
    pub method: Option<HttpMethod>,
    /// A name in lower case without a last dot, or an address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path, as it is sent; empty where a connection is only opened.
    pub path: String,
    /// Whether there is a query. What it says is not kept, because it may hold what nobody shall read.
    pub query: bool,
    /// What the name was resolved to, and nothing else is connected to; empty until it is.
    pub addresses: Vec<IpAddr>,
}

/// How a host is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HttpScheme {
    /// HTTP in the clear.
    Http,
    /// HTTP over TLS.
    Https,
    /// A connection without a word.
    Tcp,
}

impl HttpScheme {
    /// The word in a URL.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Tcp => "tcp",
        }
    }

    /// The port where none is named.
    #[must_use]
    pub const fn port(self) -> Option<u16> {
        match self {
            Self::Http => Some(80),
            Self::Https => Some(443),
            Self::Tcp => None,
        }
    }
}

impl HttpEffect {
    /// The URL without its query.
    #[must_use]
    pub fn url(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let port = if self.scheme.port() == Some(self.port) { String::new() } else { format!(":{}", self.port) };
        format!("{}://{host}{port}{}", self.scheme.word(), self.path)
    }

    /// The effect in one line for people. Where it leads is told when that is not the internet.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut text = self.url();
        if let Some(method) = self.method {
            text = format!("{method} {text}");
        }
        if self.query {
            text.push_str("?…");
        }
        let notable = |address: &&IpAddr| AddressClass::of(**address) != AddressClass::Public && address.to_string() != self.host;
        if let Some(address) = self.addresses.iter().find(notable) {
            text.push_str(&format!(" at {address}"));
        }
        text
    }
}
