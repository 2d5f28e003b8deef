use crate::{KubernetesVerb, PortBinding};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something that is asked of a Kubernetes API server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubernetesEffect {
    /// What is done.
    pub verb: KubernetesVerb,
    /// The context of the kubeconfig, or `in-cluster`.
    pub context: String,
    /// What it is done to.
    pub object: KubernetesObject,
    /// Whether it needs the contents of a Secret: it writes them, or hands them to the task.
    pub contents: bool,
    /// Where this machine listens, for a port that is forwarded.
    pub port: Option<PortBinding>,
    /// The command of an exec.
    pub command: Vec<String>,
    /// More for people: `3 to 5 replicas`.
    pub note: String,
}

/// What a Kubernetes effect acts on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubernetesObject {
    /// The API group; empty for the core.
    pub group: String,
    /// The kind, as `Deployment`; empty for the server itself.
    pub kind: String,
    /// Where it is.
    pub scope: KubernetesScope,
    /// Its name; empty for all of the kind.
    pub name: String,
}

/// Where an object is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KubernetesScope {
    /// It is the server itself.
    #[default]
    Server,
    /// In the whole cluster, outside of namespaces.
    Cluster,
    /// In this namespace.
    Namespace(String),
    /// In any namespace.
    AllNamespaces,
}

impl KubernetesObject {
    /// The kind with its group: `Pod`, `Deployment.apps`.
    #[must_use]
    pub fn full_kind(&self) -> String {
        if self.group.is_empty() { self.kind.clone() } else { format!("{}.{}", self.kind, self.group) }
    }

    /// The namespace, where it is in one.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        match &self.scope {
            KubernetesScope::Namespace(namespace) => Some(namespace),
            _ => None,
        }
    }
}

impl fmt::Display for KubernetesObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind.is_empty() {
            return f.write_str("server");
        }
        let place = match &self.scope {
            KubernetesScope::Namespace(namespace) => format!("{namespace}/"),
            KubernetesScope::AllNamespaces => "*/".to_owned(),
            KubernetesScope::Cluster | KubernetesScope::Server => String::new(),
        };
        let name = if self.name.is_empty() { "*" } else { &self.name };
        write!(f, "{place}{}/{name}", self.kind)
    }
}

impl KubernetesEffect {
    /// The effect in one line for people.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut text = format!("{}: {}", self.context, self.object);
        if let Some(port) = &self.port {
            text.push_str(&format!(" on {}:{}", port.address, port.port));
        }
        if !self.command.is_empty() {
            text.push_str(&format!(": {}", self.command.join(" ")));
        }
        if !self.note.is_empty() {
            text.push_str(&format!(" ({})", self.note));
        }
        text
    }
}
