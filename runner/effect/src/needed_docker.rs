use crate::{BindMount, DockerEffect, DockerGrant, DockerObject, DockerVerb, PathPattern, PortBinding, PortPattern, TextPattern};

impl BindMount {
    /// The pattern of exactly this directory.
    fn pattern(&self) -> PathPattern {
        PathPattern(format!("{}{}", self.source, if self.read_only { ":ro" } else { "" }))
    }
}

impl PortBinding {
    /// The pattern of exactly this port. Any free port can only be said by all of them.
    fn pattern(&self) -> PortPattern {
        let address = match self.address.as_str() {
            "" => "0.0.0.0".to_owned(),
            address if address.contains(':') => format!("[{address}]"),
            address => address.to_owned(),
        };
        let port = if self.port == 0 { "*".to_owned() } else { self.port.to_string() };
        PortPattern(format!("{address}:{port}"))
    }
}

impl DockerGrant {
    /// The grant of exactly this effect.
    #[must_use]
    pub fn exactly(effect: &DockerEffect) -> Self {
        let text = |text: &String| TextPattern(text.clone());
        let about_an_image = matches!(effect.object, DockerObject::Image(_));
        let outlives = matches!(effect.object, DockerObject::Container(_) | DockerObject::Network(_) | DockerObject::Volume(_));
        let container = effect.container.clone().unwrap_or_default();
        Self {
            images: effect.image.iter().filter(|_| about_an_image || effect.container.is_some()).map(text).collect(),
            verbs: vec![effect.verb],
            mounts: container.binds.iter().map(BindMount::pattern).collect(),
            ports: container.ports.iter().map(PortBinding::pattern).collect(),
            options: container.options.iter().map(text).collect(),
            contexts: effect.context.iter().map(|path| PathPattern(path.clone())).collect(),
            foreign: if outlives && !effect.own { vec![TextPattern(effect.object.name().to_owned())] } else { vec![] },
        }
    }

    /// Whether each part of this need stands in one of the grants, covered by a pattern. The gate decides about each effect; this tells
    /// beforehand what cannot go well.
    #[must_use]
    pub fn held_by(&self, grants: &[Self]) -> bool {
        let any = |held: &dyn Fn(&Self) -> bool| grants.iter().any(held);
        let texts = |needed: &[TextPattern], list: fn(&Self) -> &[TextPattern]| {
            needed.iter().all(|part| any(&|grant| list(grant).iter().any(|have| have.covers(part))))
        };
        !grants.is_empty()
            && texts(&self.images, |grant| &grant.images)
            && texts(&self.options, |grant| &grant.options)
            && texts(&self.foreign, |grant| &grant.foreign)
            && self.mounts.iter().all(|mount| any(&|grant| grant.mounts.iter().any(|have| have.covers_mount(mount))))
            && self.contexts.iter().all(|path| any(&|grant| grant.contexts.iter().any(|have| have.covers(path))))
            // Every grant allows inspection.
            && self.verbs.iter().all(|verb| *verb == DockerVerb::Inspect || any(&|grant| grant.verbs.contains(verb)))
            && self.ports.iter().all(|port| any(&|grant| grant.ports.iter().any(|have| have.covers(port))))
    }

    /// This grant as a line of `allow`.
    #[must_use]
    pub fn line(&self) -> String {
        let mut parts = Vec::new();
        let mut list = |name: &str, items: Vec<&str>| {
            if !items.is_empty() {
                let items: Vec<String> = items.into_iter().map(crate::grants::quoted).collect();
                parts.push(format!("{name} = [{}]", items.join(", ")));
            }
        };
        list("images", self.images.iter().map(|item| item.0.as_str()).collect());
        list("verbs", self.verbs.iter().map(|verb| verb.word()).collect());
        list("mounts", self.mounts.iter().map(|item| item.0.as_str()).collect());
        list("ports", self.ports.iter().map(|item| item.0.as_str()).collect());
        list("options", self.options.iter().map(|item| item.0.as_str()).collect());
        list("contexts", self.contexts.iter().map(|item| item.0.as_str()).collect());
        list("foreign", self.foreign.iter().map(|item| item.0.as_str()).collect());
        format!("docker = [{{ {} }}]", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(verbs: &[DockerVerb], mounts: &[&str], ports: &[&str]) -> DockerGrant {
        DockerGrant {
            images: vec![TextPattern("redis:7*".into())],
            verbs: verbs.to_vec(),
            mounts: mounts.iter().map(|path| PathPattern((*path).to_owned())).collect(),
            ports: ports.iter().map(|port| PortPattern((*port).to_owned())).collect(),
            ..DockerGrant::default()
        }
    }

    #[test]
    fn every_grant_allows_inspection_and_no_grant_allows_nothing() {
        let needed = DockerGrant { verbs: vec![DockerVerb::Inspect], ..DockerGrant::default() };
        assert!(needed.held_by(&[grant(&[], &[], &[])]));
        assert!(!needed.held_by(&[]));
    }

    #[test]
    fn reading_is_less_than_writing() {
        let held = |have: &str, needed: &str| grant(&[], &[needed], &[]).held_by(&[grant(&[], &[have], &[])]);
        assert!(held("data/**", "data/a"));
        assert!(held("data/**", "data/a:ro"));
        assert!(held("data/**:ro", "data/a:ro"));
        assert!(!held("data/**:ro", "data/a"));
    }

    #[test]
    fn a_part_that_is_in_no_grant_is_missed() {
        let have = [grant(&[DockerVerb::Run], &[], &["127.0.0.1:*"])];
        assert!(grant(&[DockerVerb::Run], &[], &["127.0.0.1:6379"]).held_by(&have));
        assert!(!grant(&[DockerVerb::Run], &[], &["0.0.0.0:6379"]).held_by(&have));
        assert!(!grant(&[DockerVerb::Build], &[], &[]).held_by(&have));
    }

    #[test]
    fn a_grant_is_written_as_it_is_read() {
        let line = grant(&[DockerVerb::Run, DockerVerb::Stop], &[], &["8080"]).line();
        assert_eq!(line, r#"docker = [{ images = ["redis:7*"], verbs = ["run", "stop"], ports = ["8080"] }]"#);
    }
}
