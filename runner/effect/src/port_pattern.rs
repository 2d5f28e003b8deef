use serde::{Deserialize, Serialize};
use std::fmt;

/// A pattern for a published port: `ADDRESS:PORT`, where PORT is a number, a range `8000-8100` or `*`, and ADDRESS an IP address or `*`.
/// `8080` alone means `127.0.0.1:8080`. An IPv6 address stands in brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PortPattern(pub String);

impl PortPattern {
    /// Whether publishing on `address` and `port` has this pattern. Port 0 (any free port) needs `*`.
    #[must_use]
    pub fn matches(&self, address: &str, port: u16) -> bool {
        let (host, ports) = match self.0.rsplit_once(':') {
            Some((host, ports)) => (host.trim_start_matches('[').trim_end_matches(']'), ports),
            None => ("127.0.0.1", self.0.as_str()),
        };
        let everywhere = |text: &str| matches!(text, "" | "0.0.0.0" | "::");
        let host_matches = host == "*" || host == address || (everywhere(host) && everywhere(address));
        let port_matches = match ports.split_once('-') {
            _ if ports == "*" => true,
            Some((low, high)) => match (low.parse::<u16>(), high.parse::<u16>()) {
                (Ok(low), Ok(high)) => port != 0 && (low..=high).contains(&port),
                _ => false,
            },
            None => ports.parse::<u16>().is_ok_and(|wanted| port != 0 && wanted == port),
        };
        host_matches && port_matches
    }
}

impl fmt::Display for PortPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_never_widened() {
        let pattern = |text: &str| PortPattern(text.to_owned());
        assert!(pattern("127.0.0.1:*").matches("127.0.0.1", 5432));
        assert!(!pattern("127.0.0.1:*").matches("0.0.0.0", 5432));
        assert!(!pattern("127.0.0.1:*").matches("", 5432));
        assert!(pattern("8080").matches("127.0.0.1", 8080));
        assert!(!pattern("8080").matches("0.0.0.0", 8080));
        assert!(pattern("*:8000-8100").matches("", 8050));
        assert!(!pattern("*:8000-8100").matches("", 8101));
        assert!(!pattern("*:8000-8100").matches("", 0));
        assert!(pattern("[::1]:80").matches("::1", 80));
    }
}
