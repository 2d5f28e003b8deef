use crate::{DockerEffect, DockerObject, PathPattern, PortPattern, TextPattern};
use serde::{Deserialize, Serialize};

/// What may be done through a Docker daemon. The words are those of a grant's `verbs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DockerVerb {
    /// Ask the daemon, inspect and list. Allowed by every Docker grant, for the project's own objects and the granted images.
    Inspect,
    /// Pull an image.
    Pull,
    /// Build an image from a granted directory.
    Build,
    /// Give an image another name.
    Tag,
    /// Push an image.
    Push,
    /// Create and start a container.
    Run,
    /// Stop a container.
    Stop,
    /// Remove a container.
    Remove,
    /// Run a command in a container.
    Exec,
    /// Read a container's log.
    Logs,
    /// Copy files into and out of a container.
    Copy,
    /// Create and remove networks.
    Networks,
    /// Create volumes.
    Volumes,
    /// Remove volumes and images: data is lost.
    Clean,
}

impl DockerVerb {
    /// Every verb with its word in an Infrafile.
    pub const ALL: [(Self, &'static str); 14] = [
        (Self::Inspect, "inspect"),
        (Self::Pull, "pull"),
        (Self::Build, "build"),
        (Self::Tag, "tag"),
        (Self::Push, "push"),
        (Self::Run, "run"),
        (Self::Stop, "stop"),
        (Self::Remove, "remove"),
        (Self::Exec, "exec"),
        (Self::Logs, "logs"),
        (Self::Copy, "copy"),
        (Self::Networks, "networks"),
        (Self::Volumes, "volumes"),
        (Self::Clean, "clean"),
    ];

    /// The word in an Infrafile.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(verb, _)| *verb == self).map_or("inspect", |(_, word)| word)
    }
}

/// Allows effects on a Docker daemon. Every list is empty, and so allows nothing, unless it is written out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DockerGrant {
    /// The images, in their familiar form: `postgres:16*`, `minio/*`.
    pub images: Vec<TextPattern>,
    /// What may be done.
    pub verbs: Vec<DockerVerb>,
    /// The directories of the host that containers may see; `:ro` at the end allows reading only.
    pub mounts: Vec<PathPattern>,
    /// The ports that containers may publish.
    pub ports: Vec<PortPattern>,
    /// What weakens a container's isolation, as `cap-add=NET_ADMIN`.
    pub options: Vec<TextPattern>,
    /// The directories that images may be built from.
    pub contexts: Vec<PathPattern>,
    /// Containers, networks and volumes of others that may be used; those of this project always may.
    pub foreign: Vec<TextPattern>,
}

impl DockerGrant {
    /// Whether this grant allows the effect; else the reason: the first part that it does not cover.
    pub fn check(&self, effect: &DockerEffect) -> Result<(), String> {
        if effect.verb != DockerVerb::Inspect && !self.verbs.contains(&effect.verb) {
            return Err(format!("verbs = [\"{}\"]", effect.verb.word()));
        }
        let about_an_image = matches!(effect.object, DockerObject::Image(_));
        if let Some(image) = &effect.image
            && (about_an_image || effect.container.is_some())
            && !self.images.iter().any(|pattern| allows_image(pattern, image))
        {
            return Err(format!("images = [\"{image}\"]"));
        }
        let name = effect.object.name();
        let outlives = matches!(effect.object, DockerObject::Container(_) | DockerObject::Network(_) | DockerObject::Volume(_));
        if outlives && !effect.own && !self.foreign.iter().any(|pattern| pattern.matches(name)) {
            return Err(format!("foreign = [\"{name}\"]"));
        }
        if let Some(context) = &effect.context
            && !self.contexts.iter().any(|pattern| pattern.matches(context))
        {
            return Err(format!("contexts = [\"{context}\"]"));
        }
        let Some(container) = &effect.container else { return Ok(()) };
        for bind in &container.binds {
            if !self.mounts.iter().any(|pattern| allows_mount(pattern, &bind.source, bind.read_only)) {
                let mode = if bind.read_only { ":ro" } else { "" };
                return Err(format!("mounts = [\"{}{mode}\"]", bind.source));
            }
        }
        for port in &container.ports {
            if !self.ports.iter().any(|pattern| pattern.matches(&port.address, port.port)) {
                let address = if port.address.is_empty() { "0.0.0.0" } else { &port.address };
                return Err(format!("ports = [\"{address}:{}\"]", port.port));
            }
        }
        for option in &container.options {
            if !self.options.iter().any(|pattern| pattern.matches(option)) {
                return Err(format!("options = [\"{option}\"]"));
            }
        }
        Ok(())
    }
}

/// An id says nothing about a name, so a pattern for names does not allow it: only one for ids does, and `**`.
fn allows_image(pattern: &TextPattern, image: &str) -> bool {
    let of_ids = pattern.0 == "**" || pattern.0.starts_with("sha256:");
    (of_ids || !image.starts_with("sha256:")) && pattern.matches(image)
}

fn allows_mount(pattern: &PathPattern, source: &str, read_only: bool) -> bool {
    match pattern.0.strip_suffix(":ro") {
        Some(reading) => read_only && PathPattern(reading.to_owned()).matches(source),
        None => pattern.matches(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BindMount, ContainerRequest, PortBinding};

    fn grant() -> DockerGrant {
        DockerGrant {
            images: vec![TextPattern("postgres:16*".into())],
            verbs: vec![DockerVerb::Run, DockerVerb::Pull],
            mounts: vec![PathPattern("platform/**:ro".into())],
            ports: vec![PortPattern("127.0.0.1:*".into())],
            ..DockerGrant::default()
        }
    }

    fn run(container: ContainerRequest) -> DockerEffect {
        DockerEffect {
            verb: DockerVerb::Run,
            object: DockerObject::Container("infra-postgres".into()),
            image: Some("postgres:16".into()),
            own: true,
            container: Some(container),
            command: vec![],
            context: None,
        }
    }

    fn bind(source: &str, read_only: bool) -> ContainerRequest {
        let bind = BindMount { source: source.into(), target: "/x".into(), read_only };
        ContainerRequest { binds: vec![bind], ..ContainerRequest::default() }
    }

    #[test]
    fn a_container_is_checked_in_every_part() {
        assert_eq!(grant().check(&run(ContainerRequest::default())), Ok(()));
        assert_eq!(grant().check(&run(bind("platform/x", true))), Ok(()));
        assert_eq!(grant().check(&run(bind("platform/x", false))), Err("mounts = [\"platform/x\"]".into()));
        assert_eq!(grant().check(&run(bind("/", true))), Err("mounts = [\"/:ro\"]".into()));
        let options = vec!["privileged".to_owned()];
        let privileged = ContainerRequest { options, ..ContainerRequest::default() };
        assert_eq!(grant().check(&run(privileged)), Err("options = [\"privileged\"]".into()));
        let ports = vec![PortBinding { address: String::new(), port: 5432 }];
        let public = ContainerRequest { ports, ..ContainerRequest::default() };
        assert_eq!(grant().check(&run(public)), Err("ports = [\"0.0.0.0:5432\"]".into()));
    }

    #[test]
    fn an_id_is_not_a_name() {
        let mut effect = run(ContainerRequest::default());
        effect.image = Some("sha256:00ff".into());
        for (pattern, allowed) in [("*", false), ("sha*", false), ("**", true), ("sha256:00ff", true), ("sha256:*", true)] {
            let grant = DockerGrant { images: vec![TextPattern(pattern.into())], ..grant() };
            assert_eq!(grant.check(&effect).is_ok(), allowed, "{pattern}");
        }
    }

    #[test]
    fn what_belongs_to_others_is_refused() {
        let mut effect = run(ContainerRequest::default());
        effect.own = false;
        assert_eq!(grant().check(&effect), Err("foreign = [\"infra-postgres\"]".into()));
        effect.own = true;
        effect.image = Some("evil:16".into());
        assert_eq!(grant().check(&effect), Err("images = [\"evil:16\"]".into()));
        effect.verb = DockerVerb::Exec;
        assert_eq!(grant().check(&effect), Err("verbs = [\"exec\"]".into()));
    }
}
