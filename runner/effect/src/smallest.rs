//! The smallest grants that allow effects that were seen.

use crate::{DockerGrant, Effect, Grants, HttpGrant, Key, KubernetesGrant, PathPattern, ProcessGrant, SecretGrant};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Whether patterns can say this effect and no other: a name that holds a star would say more.
#[must_use]
pub fn sayable(effect: &Effect) -> bool {
    let plain = |text: &str| !text.contains('*');
    let path = |text: &str| plain(text) && !text.starts_with('~') && !text.ends_with(":ro");
    match effect {
        Effect::File(file) => path(&file.path),
        Effect::Process(process) => plain(&process.program),
        Effect::Docker { effect, .. } => {
            plain(effect.object.name())
                && effect.context.iter().all(|context| path(context))
                && effect.container.iter().flat_map(|container| &container.binds).all(|bind| path(&bind.source))
        }
        Effect::Kubernetes { effect, .. } => plain(&effect.context) && plain(&effect.object.name),
        Effect::Http { effect, .. } => plain(&effect.path),
        Effect::Secret(secret) => plain(&secret.name) && secret.to.iter().all(|to| path(&to.target)),
    }
}

/// The grants that allow these effects, these searches and these programs, and as little more as patterns can say. A program's grant is taken
/// as it is, for an effect does not tell what its program reaches.
#[must_use]
pub fn smallest(effects: &[Effect], searches: &[PathPattern], programs: Vec<ProcessGrant>) -> Grants {
    let mut grants = Grants { process: without_repetition(programs), ..Grants::default() };
    let (mut read, mut write) = (BTreeSet::new(), BTreeSet::new());
    let (mut docker, mut kubernetes, mut http, mut secrets) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for effect in effects {
        match effect {
            Effect::File(file) if file.verb.writes() => drop(write.insert(file.path.clone())),
            Effect::File(file) => drop(read.insert(file.path.clone())),
            Effect::Process(_) => {}
            Effect::Docker { effect, .. } => docker.push(DockerGrant::exactly(effect)),
            Effect::Kubernetes { effect, .. } => kubernetes.push(KubernetesGrant::exactly(effect)),
            Effect::Http { effect, .. } => http.push(HttpGrant::exactly(effect)),
            Effect::Secret(secret) => secrets.push(SecretGrant::of(secret)),
        }
    }
    let searched = |path: &String| searches.iter().any(|pattern| pattern.matches(path));
    let read = read.difference(&write).filter(|path| !searched(path)).cloned().map(PathPattern);
    grants.files.read = without_repetition(searches.iter().cloned().chain(read).collect());
    grants.files.write = write.into_iter().map(PathPattern).collect();
    // What a container may bind and publish is asked only where it is made, so that it can stand beside the other verbs for its image.
    grants.docker = merged(docker, &[&["verbs", "mounts", "ports"], &["images"]]);
    grants.kubernetes = merged(kubernetes, &[&["verbs"], &["kinds"], &["cluster"], &["namespaces"]]);
    grants.http = merged(http, &[&["paths"], &["methods"], &["hosts"], &["connect"]]);
    grants.secrets = merged(secrets, &[&["to"]]);
    needed(grants, effects)
}

fn without_repetition<T: PartialEq>(all: Vec<T>) -> Vec<T> {
    let mut kept = Vec::new();
    for one in all {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

/// Merges grants that differ in the lists of one group only: those of all groups, one after the other. What the result allows is what they
/// allowed.
fn merged<T: Serialize + DeserializeOwned>(grants: Vec<T>, groups: &[&[&str]]) -> Vec<T> {
    let mut all: Vec<Map<String, Value>> = Vec::new();
    for grant in grants {
        if let Ok(Value::Object(grant)) = serde_json::to_value(grant) {
            all.push(grant);
        }
    }
    for group in groups {
        let mut kept: Vec<Map<String, Value>> = Vec::new();
        for grant in all {
            let alike = |other: &&mut Map<String, Value>| {
                grant.iter().all(|(key, list)| group.contains(&key.as_str()) || other.get(key) == Some(list))
            };
            match kept.iter_mut().find(alike) {
                Some(other) => group.iter().for_each(|key| join(other, &grant, key)),
                None => kept.push(grant),
            }
        }
        all = kept;
    }
    all.into_iter().filter_map(|grant| serde_json::from_value(Value::Object(grant)).ok()).collect()
}

fn join(into: &mut Map<String, Value>, from: &Map<String, Value>, key: &str) {
    if let (Some(Value::Array(into)), Some(Value::Array(from))) = (into.get_mut(key), from.get(key)) {
        let new: Vec<Value> = from.iter().filter(|one| !into.contains(one)).cloned().collect();
        into.extend(new);
    }
}

/// Without each grant that the effects do not need: another one allows them too.
fn needed(mut grants: Grants, effects: &[Effect]) -> Grants {
    macro_rules! thin {
        ($list:ident) => {
            let mut at = 0;
            while at < grants.$list.len() {
                let one = grants.$list.remove(at);
                if !effects
                    .iter()
                    .all(|effect| matches!(effect, Effect::Process(_)) || grants.check(effect, Key::Infrafile).is_ok())
                {
                    grants.$list.insert(at, one);
                    at += 1;
                }
            }
        };
    }
    thin!(docker);
    thin!(kubernetes);
    thin!(http);
    thin!(secrets);
    grants
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ContainerRequest, DockerEffect, DockerObject, DockerVerb, EffectKind, FileEffect, FileVerb, HttpEffect, PortBinding,
    };

    fn file(verb: FileVerb, path: &str) -> Effect {
        Effect::File(FileEffect { verb, path: path.to_owned() })
    }

    fn docker(verb: DockerVerb, object: DockerObject, image: Option<&str>, port: Option<u16>) -> Effect {
        let container = port.map(|port| ContainerRequest {
            ports: vec![PortBinding { address: "127.0.0.1".into(), port }],
            ..ContainerRequest::default()
        });
        let image = image.map(str::to_owned);
        let effect = DockerEffect { verb, object, image, own: true, container, command: vec![], context: None };
        Effect::Docker { kind: EffectKind::ContainerCreate, effect }
    }

    #[test]
    fn files_are_named_one_by_one_and_searches_by_their_patterns() {
        let effects = [
            file(FileVerb::List, "src"),
            file(FileVerb::Read, "src/a"),
            file(FileVerb::Read, "etc"),
            file(FileVerb::Read, "out"),
            file(FileVerb::Write, "out"),
        ];
        let grants = smallest(&effects, &[PathPattern("src/*".into())], vec![]);
        let read: Vec<&str> = grants.files.read.iter().map(|path| path.0.as_str()).collect();
        assert_eq!((read, grants.files.write.len()), (vec!["src/*", "etc", "src"], 1));
        assert!(effects.iter().all(|effect| grants.check(effect, Key::Infrafile).is_ok()));
        assert!(grants.check(&file(FileVerb::Read, "other"), Key::Infrafile).is_err());
    }

    #[test]
    fn an_image_gets_its_own_verbs_and_no_others() {
        let image = |verb, name: &str| docker(verb, DockerObject::Image(name.into()), Some(name), None);
        let effects = [
            image(DockerVerb::Inspect, "redis:7"),
            image(DockerVerb::Pull, "redis:7"),
            docker(DockerVerb::Run, DockerObject::Container("c".into()), Some("redis:7"), Some(6379)),
            docker(DockerVerb::Networks, DockerObject::Network("n".into()), None, None),
            image(DockerVerb::Inspect, "alpine:3"),
        ];
        let grants = smallest(&effects, &[], vec![]);
        assert!(effects.iter().all(|effect| grants.check(effect, Key::Infrafile).is_ok()));
        for other in [
            image(DockerVerb::Pull, "alpine:3"),
            docker(DockerVerb::Run, DockerObject::Container("c".into()), Some("alpine:3"), Some(6379)),
            docker(DockerVerb::Run, DockerObject::Container("c".into()), Some("redis:7"), Some(6380)),
            docker(DockerVerb::Volumes, DockerObject::Volume("v".into()), None, None),
        ] {
            assert!(grants.check(&other, Key::Infrafile).is_err(), "{other:?} {grants:?}");
        }
        for at in 0..grants.docker.len() {
            let mut fewer = grants.clone();
            fewer.docker.remove(at);
            assert!(effects.iter().any(|effect| fewer.check(effect, Key::Infrafile).is_err()), "{at} is not needed: {grants:?}");
        }
    }

    #[test]
    fn paths_of_one_host_stand_together() {
        let get = |host: &str, path: &str| {
            let connection = HttpEffect::connection(host, 443);
            let effect = HttpEffect {
                scheme: crate::HttpScheme::Https,
                method: Some(crate::HttpMethod::Get),
                path: path.to_owned(),
                ..connection
            };
            Effect::Http { kind: EffectKind::HttpRead, effect }
        };
        let effects = [get("a.example", "/x"), get("a.example", "/y"), get("b.example", "/z")];
        let grants = smallest(&effects, &[], vec![]);
        assert_eq!(grants.http.len(), 2, "{grants:?}");
        assert!(effects.iter().all(|effect| grants.check(effect, Key::Infrafile).is_ok()));
        assert!(grants.check(&get("b.example", "/x"), Key::Infrafile).is_err());
    }

    #[test]
    fn what_patterns_cannot_say_is_told() {
        assert!(sayable(&file(FileVerb::Read, "a/b")));
        assert!(!sayable(&file(FileVerb::Read, "a/*")) && !sayable(&file(FileVerb::Read, "~/a")));
    }
}
