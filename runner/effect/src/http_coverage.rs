//! Whether a pattern for hosts allows everything that another does.

use crate::http_host::{HostPart, Ports, contains, is_below};
use crate::{AddressClass, HostPattern, HttpScheme};

impl HostPattern {
    /// Whether every place that `other` allows is allowed by this one too, wherever its name leads.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let host = match (&self.host, &other.host) {
            (HostPart::Any, HostPart::Network { first, prefix }) => is_address(*first, *prefix),
            // A name that is written out may lead into a private network, which one below a public name may not.
            (HostPart::Below(_), HostPart::Name(_)) => self.names(other) && self.trusts_name(),
            (HostPart::Below(_), HostPart::Below(_)) => self.names(other) && (self.trusts_name() || !other.trusts_name()),
            (HostPart::Any, HostPart::Below(_)) => !other.trusts_name(),
            (HostPart::Any, HostPart::Name(_)) => false,
            _ => self.names(other),
        };
        host && self.covers_place(other)
    }

    /// Whether this pattern stands for what `other` names. Where a name leads is known when it is resolved.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        self.names(other) && self.covers_place(other)
    }

    fn names(&self, other: &Self) -> bool {
        match (&self.host, &other.host) {
            (HostPart::Any, HostPart::Network { first, prefix }) => is_address(*first, *prefix),
            (HostPart::Any, _) => true,
            (HostPart::Below(parent), HostPart::Name(name)) => is_below(name, parent),
            (HostPart::Below(parent), HostPart::Below(other)) => parent == other || is_below(other, parent),
            (HostPart::Network { first, prefix }, HostPart::Network { first: inner, prefix: longer }) => {
                let special = AddressClass::of(*inner) == AddressClass::Special;
                longer >= prefix && contains(*first, *prefix, *inner) && (prefix == longer || !special)
            }
            (one, other) => one == other,
        }
    }

    fn covers_place(&self, other: &Self) -> bool {
        let usual = |scheme: Option<HttpScheme>| scheme.and_then(HttpScheme::port);
        let ports = match (self.ports, other.ports) {
            (Ports::Any, _) | (Ports::Usual, Ports::Usual) => true,
            (Ports::Range(low, high), Ports::Range(first, last)) => low <= first && last <= high,
            (Ports::Range(low, high), Ports::Usual) => usual(other.scheme).is_some_and(|port| (low..=high).contains(&port)),
            (Ports::Usual, Ports::Range(first, last)) => first == last && usual(other.scheme.or(self.scheme)) == Some(first),
            (_, Ports::Any) => false,
        };
        let scheme = match (self.scheme, other.scheme) {
            (None, _) => true,
            (own, wanted) => own == wanted,
        };
        ports && scheme
    }
}

/// Whether this is one public address.
fn is_address(first: std::net::IpAddr, prefix: u8) -> bool {
    prefix == if first.is_ipv4() { 32 } else { 128 } && AddressClass::of(first) == AddressClass::Public
}
