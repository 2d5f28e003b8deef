use infra::{Error, Result};

/// Where a sealed secret may be unsealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Strict,
    NamespaceWide,
    ClusterWide,
}

impl Scope {
    pub(crate) fn read(text: &str) -> Result<Self> {
        match text {
            "strict" => Ok(Self::Strict),
            "namespace-wide" => Ok(Self::NamespaceWide),
            "cluster-wide" => Ok(Self::ClusterWide),
            other => Err(Error::new("invalid", format!("there is no scope `{other}`"))
                .hint("there are `strict`, `namespace-wide` and `cluster-wide`")),
        }
    }

    /// What the encryption is bound to.
    pub(crate) fn label(self, namespace: &str, name: &str) -> String {
        match self {
            Self::Strict => format!("{namespace}/{name}"),
            Self::NamespaceWide => namespace.to_owned(),
            Self::ClusterWide => String::new(),
        }
    }

    /// How the controller is told.
    pub(crate) const fn annotation(self) -> Option<&'static str> {
        match self {
            Self::Strict => None,
            Self::NamespaceWide => Some("sealedsecrets.bitnami.com/namespace-wide"),
            Self::ClusterWide => Some("sealedsecrets.bitnami.com/cluster-wide"),
        }
    }
}
