use crate::docker::Operation;
use infra_effect::{HostPattern, HttpEffect, HttpScheme};
use infra_event::{ErrorCode, TaskError};
use std::net::IpAddr;
use std::time::Duration;

/// A connection on its way.
pub type Connecting = Operation<Reached>;

/// A port that took a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The address with the port.
    pub address: String,
    /// From the first look at the name.
    pub duration: Duration,
}

/// The place to connect to, as it is written.
pub(super) fn place(host: &str, port: u16, limit: Duration) -> Result<HttpEffect, TaskError> {
    let invalid = |message: String, hint: &str| TaskError::new(ErrorCode::INVALID, message).hint(hint);
    if port == 0 {
        return Err(invalid("0 is no port".to_owned(), "a number from 1 to 65535"));
    }
    if limit.is_zero() {
        return Err(invalid("the time limit is 0".to_owned(), "give it some time"));
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return match address.to_canonical() == address {
            true => Ok(HttpEffect::connection(&address.to_string(), port)),
            false => Err(invalid(format!("`{host}` is an IPv4 address in the clothes of IPv6"), "write four numbers with dots")),
        };
    }
    let shown: String = host.chars().take(200).flat_map(char::escape_debug).collect();
    let wrong = || invalid(format!("`{shown}` is neither a name nor an address"), "write an address as four numbers with dots");
    HostPattern::exactly(HttpScheme::Tcp, host, port).ok_or_else(wrong)?;
    Ok(HttpEffect::connection(&host.to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_plainly_or_not_at_all() {
        let second = Duration::from_secs(1);
        for (host, url) in
            [("127.0.0.1", "tcp://127.0.0.1:5432"), ("::1", "tcp://[::1]:5432"), ("DB.internal", "tcp://db.internal:5432")]
        {
            assert_eq!(place(host, 5432, second).unwrap().url(), url);
        }
        for host in
            ["", "127.1", "2130706433", "0x7f.1", "::ffff:127.0.0.1", "a.io.", "a b", "*.io", "u@a.io", "a/b", "a:1", "[::1]"]
        {
            assert_eq!(place(host, 5432, second).unwrap_err().code, "invalid", "{host}");
        }
        assert!(place("a.io", 0, second).is_err() && place("a.io", 1, Duration::ZERO).is_err());
    }
}
