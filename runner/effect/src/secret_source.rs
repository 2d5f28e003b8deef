use crate::ProcessGrant;
use infra_event::SecretHandle;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A secret as the Infrafile declares it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretDeclaration {
    /// Its name.
    pub name: String,
    /// What stands for it.
    pub handle: SecretHandle,
    /// Where its text comes from.
    pub source: SecretSource,
    /// Where it is declared, for people: `Infrafile.toml:12`.
    pub place: String,
}

/// Where a secret's text comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretSource {
    /// A variable of the runner's environment.
    Env(String),
    /// A file that is its owner's alone.
    File(String),
    /// What a program writes to its standard output.
    Cmd {
        /// The program and its arguments.
        argv: Vec<String>,
        /// What the program may reach.
        grant: ProcessGrant,
    },
    /// What a person types.
    Prompt(String),
    /// A key of a secret in a HashiCorp Vault, KV version 2.
    Vault {
        /// Where the engine is mounted.
        mount: String,
        /// The secret in it.
        path: String,
        /// The key in the secret.
        key: String,
    },
    /// A key of a Secret in a cluster.
    Kubernetes {
        /// The context of the kubeconfig; the current one where nothing is said.
        context: Option<String>,
        /// The namespace.
        namespace: String,
        /// The Secret.
        name: String,
        /// The key in the Secret.
        key: String,
    },
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
            Self::Cmd { argv, .. } => write!(f, "cmd:{}", argv.join(" ")),
            Self::Prompt(text) => write!(f, "prompt:{text}"),
            Self::Vault { mount, path, key } => write!(f, "vault://{mount}/{path}#{key}"),
            Self::Kubernetes { context, namespace, name, key } => {
                write!(f, "kubernetes:{namespace}/{name}/{key}")?;
                context.iter().try_for_each(|context| write!(f, "@{context}"))
            }
        }
    }
}
