use infra_effect::{HttpEffect, HttpMethod, HttpScheme};
use infra_event::{ErrorCode, TaskError};
use std::net::IpAddr;
use url::{Host, Url};

/// Longer ones no server takes.
const LONGEST: usize = 8 << 10;

/// A URL that can be read in one way only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) scheme: HttpScheme,
    /// A name in lower case, or an address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// The path and the query, as they are sent.
    pub(super) target: String,
}

/// A URL as it is asked; none where it is no URL that can be read in one way only.
#[must_use]
pub fn read_url(text: &str) -> Option<String> {
    Location::parse(text).ok().map(|location| location.url())
}

/// Where a redirect leads; none where it leads nowhere.
#[must_use]
pub fn leads_to(from: &str, to: &str) -> Option<String> {
    Location::parse(from).ok()?.join(to).ok().map(|location| location.url())
}

impl Location {
    /// Reads a URL as it is written. What readers of URLs read differently is refused.
    pub(super) fn parse(text: &str) -> Result<Self, TaskError> {
        read(text).map_err(|(why, hint)| {
            TaskError::new(ErrorCode::INVALID, format!("`{}` is not a URL that can be asked: {why}", shown(text))).hint(hint)
        })
    }

    /// Where a redirect leads.
    pub(super) fn join(&self, to: &str) -> Result<Self, TaskError> {
        let wrong = |why: &str| {
            let message = format!("{} redirects to `{}`: {why}", self.url(), shown(to));
            TaskError::new(ErrorCode::FAILED, message)
                .hint("correct the server, or set `redirects` to 0 and look at its answer")
                .details(serde_json::json!({ "cause": "redirect" }))
        };
        let absolute = match to.find(|letter: char| !(letter.is_ascii_alphanumeric() || "+-.".contains(letter))) {
            Some(at) if to[at..].starts_with(':') && to.starts_with(|letter: char| letter.is_ascii_alphabetic()) => {
                Some(to.to_owned())
            }
            _ => to.starts_with("//").then(|| format!("{}:{to}", self.scheme.word())),
        };
        if let Some(absolute) = absolute {
            return read(&absolute).map_err(|(why, _)| wrong(why));
        }
        plain(to).map_err(|(why, _)| wrong(why))?;
        let joined = Url::parse(&self.whole()).and_then(|base| base.join(to)).map_err(|error| wrong(&error.to_string()))?;
        let location = from(&joined).map_err(|(why, _)| wrong(why))?;
        // A place without a scheme never leads to another host.
        if location.same_origin(self) { Ok(location) } else { Err(wrong("it leads to another host")) }
    }

    pub(super) fn same_origin(&self, other: &Self) -> bool {
        (self.scheme, &self.host, self.port) == (other.scheme, &other.host, other.port)
    }

    pub(super) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// What stands in the header `host`.
    pub(super) fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.scheme.port() == Some(self.port) { host } else { format!("{host}:{}", self.port) }
    }

    /// For people: without the query, which may hold what nobody shall read.
    pub(super) fn url(&self) -> String {
        format!("{}://{}{}", self.scheme.word(), self.authority(), self.path())
    }

    fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    fn whole(&self) -> String {
        format!("{}://{}{}", self.scheme.word(), self.authority(), self.target)
    }

    pub(super) fn effect(&self, method: HttpMethod) -> HttpEffect {
        HttpEffect {
            scheme: self.scheme,
            method: Some(method),
            host: self.host.clone(),
            port: self.port,
            path: self.path().to_owned(),
            query: self.target.contains('?'),
            addresses: vec![],
        }
    }
}

type Wrong = (&'static str, &'static str);

const WHOLE: &str = "write it as `https://api.example.com/path`";

fn read(text: &str) -> Result<Location, Wrong> {
    plain(text)?;
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => rest,
        _ => return Err(("it does not begin with `http://` or `https://`", WHOLE)),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Some readers look for the `@` first, others for the end of the host.
    let after = &rest[authority.len()..];
    if authority.contains('@') || (after.starts_with('#') && after.contains('@')) {
        return Err(("it holds a user or a password", "send them in a header, as `authorization`"));
    }
    let url = Url::parse(text).map_err(|_| ("it has no host, or a port that is none", WHOLE))?;
    let location = from(&url)?;
    let written = match authority.strip_prefix('[') {
        Some(inside) => inside.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let same = match location.address() {
        Some(IpAddr::V6(address)) => written.parse() == Ok(address),
        Some(IpAddr::V4(_)) | None => written.eq_ignore_ascii_case(&location.host),
    };
    if same {
        Ok(location)
    } else {
        Err(("its host is another way to write an address or a name", "write four numbers with dots"))
    }
}

fn from(url: &Url) -> Result<Location, Wrong> {
    let scheme = match url.scheme() {
        "http" => HttpScheme::Http,
        "https" => HttpScheme::Https,
        _ => return Err(("its scheme is neither `http` nor `https`", WHOLE)),
    };
    let host = match url.host() {
        Some(Host::Domain(name)) if infra_effect::HostPattern::exactly(scheme, name, 80).is_some() => name.to_owned(),
        Some(Host::Domain(_)) => return Err(("its host is not the name of one", "leave a last dot out")),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) if address.to_canonical().is_ipv4() => {
            return Err(("its host is an IPv4 address in the clothes of IPv6", "write four numbers with dots"));
        }
        Some(Host::Ipv6(address)) => address.to_string(),
        None => return Err(("it has no host", WHOLE)),
    };
    let port = url.port_or_known_default().filter(|port| *port != 0).ok_or(("its port is none", WHOLE))?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    Ok(Location { scheme, host, port, target: format!("{}{query}", url.path()) })
}

fn plain(text: &str) -> Result<(), Wrong> {
    if text.len() > LONGEST {
        return Err(("it is too long", "send what is long in the body"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(("it holds white space or what is not ASCII", "encode it as `%20`; write an international name as `xn--…`"));
    }
    if text.contains('\\') {
        return Err(("it holds a backslash", "write `/`, or `%5C`"));
    }
    Ok(())
}

/// Without the query, without what may be a password, and not too much of it.
fn shown(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let text = match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        (None, Some((_, rest))) => format!("…@{rest}"),
        _ => text.to_owned(),
    };
    text.chars().take(200).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
#[path = "location_tests.rs"]
mod tests;
