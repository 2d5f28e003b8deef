use crate::{AddressClass, HttpScheme};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;

/// A pattern for hosts: `[SCHEME://]HOST[:PORT]`. HOST is a name, `*.NAME` for all names below it, an address, a network
/// (`10.0.0.0/8`, `[fd00::/8]`), or `*`. PORT is a number, a range `8000-8100` or `*`; without one it is the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostPattern {
    pub(crate) scheme: Option<HttpScheme>,
    pub(crate) host: HostPart,
    pub(crate) ports: Ports,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum HostPart {
    /// Every name, and every public address.
    Any,
    Name(String),
    /// Names below this one.
    Below(String),
    Network {
        first: IpAddr,
        prefix: u8,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ports {
    /// The scheme's own.
    Usual,
    Any,
    Range(u16, u16),
}

/// What is not a pattern for hosts, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a host: {why}")]
pub struct HostPatternError {
    /// What was written.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Names that the domain name system of the internet never answers for, so that no stranger can point them anywhere.
const PRIVATE_NAMES: [&str; 8] = ["internal", "localhost", "local", "lan", "home.arpa", "test", "intranet", "cluster.local"];

impl HostPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(text: &str) -> Result<Self, HostPatternError> {
        read(text).map_err(|why| HostPatternError { text: text.to_owned(), why })
    }

    /// The pattern of exactly this place.
    #[must_use]
    pub fn exactly(scheme: HttpScheme, host: &str, port: u16) -> Option<Self> {
        let ports = if scheme.port() == Some(port) { Ports::Usual } else { Ports::Range(port, port) };
        let host = match host.parse::<IpAddr>() {
            Ok(address) => HostPart::address(address),
            Err(_) => HostPart::Name(name(host).ok()?),
        };
        Some(Self { scheme: None, host, ports })
    }

    /// Whether it stands for this place: a name as it was asked for, or an address that was written out.
    #[must_use]
    pub fn matches(&self, scheme: HttpScheme, host: &str, port: u16) -> bool {
        let literal: Option<IpAddr> = host.parse().ok();
        let host_matches = match (&self.host, literal) {
            (HostPart::Any, None) => true,
            (HostPart::Any, Some(address)) => AddressClass::of(address) == AddressClass::Public,
            (HostPart::Name(name), None) => name == host,
            (HostPart::Below(parent), None) => is_below(host, parent),
            (HostPart::Network { first, prefix }, Some(address)) => {
                // A special address is named by itself alone.
                contains(*first, *prefix, address)
                    && (AddressClass::of(address) != AddressClass::Special || is_whole(*first, *prefix))
            }
            (HostPart::Name(_) | HostPart::Below(_), Some(_)) | (HostPart::Network { .. }, None) => false,
        };
        host_matches && self.has_scheme(scheme) && self.has_port(scheme, port)
    }

    /// Whether a name that this pattern stands for may lead to this machine or into a private network: where the name is written out, or
    /// no stranger can have it.
    pub(crate) fn trusts_name(&self) -> bool {
        match &self.host {
            HostPart::Name(_) => true,
            HostPart::Below(parent) => PRIVATE_NAMES.iter().any(|private| parent == private || is_below(parent, private)),
            HostPart::Any | HostPart::Network { .. } => false,
        }
    }

    fn has_scheme(&self, scheme: HttpScheme) -> bool {
        self.scheme.is_none_or(|own| own == scheme)
    }

    fn has_port(&self, scheme: HttpScheme, port: u16) -> bool {
        match self.ports {
            Ports::Any => port != 0,
            Ports::Range(low, high) => port != 0 && (low..=high).contains(&port),
            Ports::Usual => scheme.port() == Some(port),
        }
    }
}

impl HostPart {
    pub(crate) const fn address(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self::Network { first: address, prefix: if address.is_ipv4() { 32 } else { 128 } }
    }
}

pub(crate) fn is_below(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent).and_then(|rest| rest.strip_suffix('.')).is_some_and(|rest| !rest.is_empty())
}

fn is_whole(first: IpAddr, prefix: u8) -> bool {
    prefix == if first.is_ipv4() { 32 } else { 128 }
}

/// Whether an address is in a network.
pub(crate) fn contains(first: IpAddr, prefix: u8, address: IpAddr) -> bool {
    match (first, address.to_canonical()) {
        (IpAddr::V4(first), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            first.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(first), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            first.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

fn read(text: &str) -> Result<HostPattern, &'static str> {
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("it is not plain text; write an international name as `xn--…`");
    }
    if text.contains('@') {
        return Err("a user and a password have no place in it");
    }
    let (scheme, rest) = match text.split_once("://") {
        None => (None, text),
        Some(("http", rest)) => (Some(HttpScheme::Http), rest),
        Some(("https", rest)) => (Some(HttpScheme::Https), rest),
        Some(_) => return Err("the scheme is `http` or `https`"),
    };
    let (host, ports) = match rest.strip_prefix('[') {
        Some(rest) => {
            let (inside, after) = rest.split_once(']').ok_or("a bracket is open")?;
            let ports = match after.strip_prefix(':') {
                Some(port) => self::ports(port)?,
                None if after.is_empty() => Ports::Usual,
                None => return Err("after the bracket comes `:` and a port"),
            };
            let host = network(inside)?.filter(|(first, _)| first.is_ipv6()).ok_or("in brackets stands an IPv6 address")?;
            (HostPart::Network { first: host.0, prefix: host.1 }, ports)
        }
        None => match rest.split_once(':') {
            Some((_, port)) if port.contains(':') => return Err("an IPv6 address stands in brackets"),
            Some((host, port)) => (part(host)?, self::ports(port)?),
            None => (part(rest)?, Ports::Usual),
        },
    };
    Ok(HostPattern { scheme, host, ports })
}

fn part(text: &str) -> Result<HostPart, &'static str> {
    if text == "*" {
        return Ok(HostPart::Any);
    }
    if let Some((first, prefix)) = network(text)? {
        return Ok(HostPart::Network { first, prefix });
    }
    if text.contains('/') {
        return Err("paths stand in `paths`");
    }
    match text.strip_prefix("*.") {
        Some(parent) => Ok(HostPart::Below(name(parent)?)),
        None => Ok(HostPart::Name(name(text)?)),
    }
}

/// An address or a network, where the text is one.
fn network(text: &str) -> Result<Option<(IpAddr, u8)>, &'static str> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let Ok(address) = address.parse::<IpAddr>() else { return Ok(None) };
    if address.to_canonical() != address {
        return Err("write the IPv4 address as what it is");
    }
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        None => whole,
        Some(text) => number(text)
            .and_then(|prefix| u8::try_from(prefix).ok())
            .filter(|prefix| *prefix <= whole)
            .ok_or("the prefix is too long")?,
    };
    let begins = match address {
        IpAddr::V4(address) => prefix == 32 || address.to_bits().checked_shl(u32::from(prefix)).unwrap_or(0) == 0,
        IpAddr::V6(address) => prefix == 128 || address.to_bits().checked_shl(u32::from(prefix)).unwrap_or(0) == 0,
    };
    if begins { Ok(Some((address, prefix))) } else { Err("the address has bits outside of the prefix") }
}

/// A name in lower case.
pub(crate) fn name(text: &str) -> Result<String, &'static str> {
    let name = text.to_ascii_lowercase();
    let label = |label: &str| {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty() && label.len() <= 63 && label.bytes().all(word)
    };
    if name.contains('*') {
        return Err("a `*` stands alone, or in front of a name as `*.`");
    }
    if name.ends_with('.') {
        return Err("leave the last dot out");
    }
    if name.is_empty() || name.len() > 253 || !name.split('.').all(label) {
        return Err("it is neither a name nor an address");
    }
    // What ends in a number is an address to some programs, whatever it looks like.
    let last = name.rsplit('.').next().unwrap_or_default();
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit());
    let hex = last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if numeric || hex { Err("write the address as four numbers with dots") } else { Ok(name) }
}

fn ports(text: &str) -> Result<Ports, &'static str> {
    const WRONG: &str = "a port is a number from 1 to 65535, a range as `8000-8100`, or `*`";
    if text == "*" {
        return Ok(Ports::Any);
    }
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    match (number(low), number(high)) {
        (Some(low), Some(high)) if low > 0 && low <= high => Ok(Ports::Range(low, high)),
        _ => Err(WRONG),
    }
}

fn number(text: &str) -> Option<u16> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scheme) = self.scheme {
            write!(f, "{}://", scheme.word())?;
        }
        match &self.host {
            HostPart::Any => f.write_str("*")?,
            HostPart::Name(name) => f.write_str(name)?,
            HostPart::Below(parent) => write!(f, "*.{parent}")?,
            HostPart::Network { first: IpAddr::V4(first), prefix: 32 } => write!(f, "{first}")?,
            HostPart::Network { first: IpAddr::V4(first), prefix } => write!(f, "{first}/{prefix}")?,
            HostPart::Network { first: IpAddr::V6(first), prefix: 128 } => write!(f, "[{first}]")?,
            HostPart::Network { first: IpAddr::V6(first), prefix } => write!(f, "[{first}/{prefix}]")?,
        }
        match self.ports {
            Ports::Usual => Ok(()),
            Ports::Any => f.write_str(":*"),
            Ports::Range(low, high) if low == high => write!(f, ":{low}"),
            Ports::Range(low, high) => write!(f, ":{low}-{high}"),
        }
    }
}

impl TryFrom<String> for HostPattern {
    type Error = HostPatternError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<HostPattern> for String {
    fn from(pattern: HostPattern) -> Self {
        pattern.to_string()
    }
}
