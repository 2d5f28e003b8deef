use crate::DockerVerb;
use serde::{Deserialize, Serialize};

/// Something that is asked of a Docker daemon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockerEffect {
    /// What is done.
    pub verb: DockerVerb,
    /// What it is done to.
    pub object: DockerObject,
    /// The image in its familiar form, where the effect is about an image or a container.
    pub image: Option<String>,
    /// Whether the container, network or volume carries this project's label (or, where it is being made, will).
    pub own: bool,
    /// What a new container asks for.
    pub container: Option<ContainerRequest>,
    /// The command of an exec.
    pub command: Vec<String>,
    /// For a build: the context directory, canonical, relative to the project's root.
    pub context: Option<String>,
}

/// What a Docker effect acts on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "kebab-case")]
pub enum DockerObject {
    /// The daemon itself.
    Daemon,
    /// An image, by its familiar name.
    Image(String),
    /// A container, by name or id.
    Container(String),
    /// A network, by name.
    Network(String),
    /// A volume, by name.
    Volume(String),
}

impl DockerObject {
    /// The name, empty for the daemon.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Daemon => "",
            Self::Image(name) | Self::Container(name) | Self::Network(name) | Self::Volume(name) => name,
        }
    }
}

/// What a new container asks for, read from the final body of the request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerRequest {
    /// The directories of the host that it sees.
    pub binds: Vec<BindMount>,
    /// The ports that it publishes.
    pub ports: Vec<PortBinding>,
    /// Everything that weakens the container's isolation, one word each: `privileged`, `cap-add=NET_ADMIN`, `network=host`,
    /// `device=/dev/kvm`, `security-opt=…`, `pid=host`. Each needs its own grant.
    pub options: Vec<String>,
}

/// A directory of the host that a container sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindMount {
    /// The canonical path on the host: relative to the project's root where it lies inside, absolute elsewhere.
    pub source: String,
    /// Where the container sees it.
    pub target: String,
    /// Whether the container cannot write to it.
    pub read_only: bool,
}

/// A port that a container publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortBinding {
    /// The host's address; empty for all.
    pub address: String,
    /// The host's port; 0 for any free one.
    pub port: u16,
}
