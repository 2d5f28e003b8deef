use super::resolver::Resolver;
use super::trust::Trust;
use std::collections::BTreeMap;

/// What all requests of a run share.
#[derive(Debug)]
pub struct HttpHost {
    pub(super) resolver: Resolver,
    pub(super) trust: Trust,
}

impl HttpHost {
    /// The system's resolver, and the certificates that the environment names.
    #[must_use]
    pub fn from_environment(environment: &BTreeMap<String, String>) -> Self {
        Self { resolver: Resolver::system(), trust: Trust::from_environment(environment) }
    }

    /// With another resolver.
    #[must_use]
    pub fn resolving(self, resolver: Resolver) -> Self {
        Self { resolver, ..self }
    }
}
