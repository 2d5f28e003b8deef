use crate::{
    DockerEffect, DockerObject, EffectKind, EffectRow, FileEffect, FileVerb, HttpEffect, KubernetesEffect, ProcessEffect,
    SecretEffect,
};
use serde::{Deserialize, Serialize};

/// Something that a task asks of the world: its kind, and the arguments that grants look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "capability", rename_all = "kebab-case")]
pub enum Effect {
    /// Start a program.
    Process(ProcessEffect),
    /// Use a file.
    File(FileEffect),
    /// Ask a Docker daemon.
    Docker {
        /// The row of the table.
        kind: EffectKind,
        /// The arguments.
        #[serde(flatten)]
        effect: DockerEffect,
    },
    /// Ask a Kubernetes API server.
    Kubernetes {
        /// The row of the table.
        kind: EffectKind,
        /// The arguments.
        #[serde(flatten)]
        effect: KubernetesEffect,
    },
    /// Ask a server over HTTP.
    Http {
        /// The row of the table.
        kind: EffectKind,
        /// The arguments.
        #[serde(flatten)]
        effect: HttpEffect,
    },
    /// Let a secret go somewhere.
    Secret(SecretEffect),
}

impl Effect {
    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> EffectKind {
        match self {
            Self::Process(_) => EffectKind::ProcessRun,
            Self::File(file) => match file.verb {
                FileVerb::Read => EffectKind::FileRead,
                FileVerb::List => EffectKind::FileList,
                FileVerb::Stat => EffectKind::FileStat,
                FileVerb::Write => EffectKind::FileWrite,
                FileVerb::CreateDirectory => EffectKind::FileCreateDirectory,
                FileVerb::Remove => EffectKind::FileRemove,
            },
            Self::Secret(SecretEffect { to: None, .. }) => EffectKind::SecretReveal,
            Self::Secret(_) => EffectKind::SecretUse,
            Self::Docker { kind, .. } | Self::Kubernetes { kind, .. } | Self::Http { kind, .. } => *kind,
        }
    }

    /// The row of the effect table.
    #[must_use]
    pub const fn row(&self) -> EffectRow {
        self.kind().row()
    }

    /// What the effect acts on, by name.
    #[must_use]
    pub fn target(&self) -> String {
        match self {
            Self::Process(process) => process.program.clone(),
            Self::File(file) => file.path.clone(),
            Self::Docker { effect, .. } => match &effect.object {
                DockerObject::Daemon => "daemon".to_owned(),
                object => object.name().to_owned(),
            },
            Self::Kubernetes { effect, .. } => effect.object.to_string(),
            Self::Http { effect, .. } => effect.url(),
            Self::Secret(secret) => secret.name.clone(),
        }
    }

    /// The effect in one line for people: `docker.container.create infra-postgres (postgres:16)`. It holds no secret values.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::Process(process) if process.unconfined => format!("{} (not confined)", process.command_line()),
            Self::Process(process) => process.command_line(),
            Self::File(file) => file.path.clone(),
            Self::Docker { effect, .. } => match (&effect.image, &effect.object) {
                (Some(image), DockerObject::Container(name)) if effect.command.is_empty() => format!("{name} ({image})"),
                (_, DockerObject::Container(name)) if !effect.command.is_empty() => {
                    format!("{name}: {}", effect.command.join(" "))
                }
                _ => self.target(),
            },
            Self::Kubernetes { effect, .. } => effect.summary(),
            Self::Http { effect, .. } => effect.summary(),
            Self::Secret(secret) => secret.summary(),
        }
    }
}
