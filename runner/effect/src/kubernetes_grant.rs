use crate::grants::quoted;
use crate::{KubernetesEffect, KubernetesObject, KubernetesScope, KubernetesVerb, PortPattern, TextPattern};
use serde::{Deserialize, Serialize};

/// Allows effects on Kubernetes clusters. Every list is empty, and so allows nothing, unless it is written out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct KubernetesGrant {
    /// The contexts of the kubeconfig: `kind-*`. In a pod, `in-cluster`.
    pub contexts: Vec<TextPattern>,
    /// The namespaces.
    pub namespaces: Vec<TextPattern>,
    /// The kinds in namespaces: `Deployment`, `Application.argoproj.io`, `*`.
    pub kinds: Vec<TextPattern>,
    /// What may be done.
    pub verbs: Vec<KubernetesVerb>,
    /// The kinds outside of namespaces: `Namespace`, `CustomResourceDefinition`.
    pub cluster: Vec<TextPattern>,
    /// The names of Secrets whose contents may be read and written.
    pub secrets: Vec<TextPattern>,
    /// Where forwarded ports may listen on this machine.
    pub ports: Vec<PortPattern>,
}

impl KubernetesGrant {
    /// The grant of exactly this effect.
    #[must_use]
    pub fn exactly(effect: &KubernetesEffect) -> Self {
        let one = |text: &str| vec![TextPattern(text.to_owned())];
        let object = &effect.object;
        let name = if object.name.is_empty() { "*" } else { &object.name };
        let mut grant = Self { contexts: one(&effect.context), ..Self::default() };
        if effect.verb != KubernetesVerb::Inspect {
            grant.verbs.push(effect.verb);
        }
        match &object.scope {
            KubernetesScope::Server => {}
            KubernetesScope::Cluster => grant.cluster = one(&object.full_kind()),
            KubernetesScope::Namespace(_) | KubernetesScope::AllNamespaces => {
                grant.kinds = one(&object.full_kind());
                grant.namespaces = one(object.namespace().unwrap_or("*"));
            }
        }
        if is_namespace(object) && !object.name.is_empty() {
            grant.namespaces = one(name);
        }
        if effect.contents {
            grant.secrets = one(name);
        }
        if let Some(port) = &effect.port {
            grant.ports.push(PortPattern(format!("{}:{}", port.address, port.port)));
        }
        grant
    }

    /// Whether this grant allows the effect; else the reason: the first part that it does not cover.
    pub fn check(&self, effect: &KubernetesEffect) -> Result<(), String> {
        let object = &effect.object;
        if !any(&self.contexts, &effect.context) {
            return Err(format!("contexts = [{}]", quoted(&effect.context)));
        }
        if !self.has(effect.verb) {
            return Err(format!("verbs = [\"{}\"]", effect.verb.word()));
        }
        match &object.scope {
            KubernetesScope::Server => return Ok(()),
            KubernetesScope::Cluster => {
                if !self.cluster.iter().any(|pattern| allows_kind(pattern, object)) {
                    return Err(format!("cluster = [{}]", quoted(&object.full_kind())));
                }
                // Who may not enter a namespace may not make or delete it either.
                if is_namespace(object) && !object.name.is_empty() && !any(&self.namespaces, &object.name) {
                    return Err(format!("namespaces = [{}]", quoted(&object.name)));
                }
            }
            KubernetesScope::Namespace(_) | KubernetesScope::AllNamespaces => {
                if !self.kinds.iter().any(|pattern| allows_kind(pattern, object)) {
                    return Err(format!("kinds = [{}]", quoted(&object.full_kind())));
                }
                let namespace = object.namespace().unwrap_or("*");
                if !self.namespaces.iter().any(|pattern| allows_namespace(pattern, &object.scope)) {
                    return Err(format!("namespaces = [{}]", quoted(namespace)));
                }
            }
        }
        let named = |pattern: &TextPattern| if object.name.is_empty() { open(pattern) } else { pattern.matches(&object.name) };
        if effect.contents && !self.secrets.iter().any(named) {
            let name = if object.name.is_empty() { "*" } else { &object.name };
            return Err(format!("secrets = [{}]", quoted(name)));
        }
        if let Some(port) = &effect.port
            && !self.ports.iter().any(|pattern| pattern.matches(&port.address, port.port))
        {
            return Err(format!("ports = [{}]", quoted(&format!("{}:{}", port.address, port.port))));
        }
        Ok(())
    }

    /// Who may change objects may see what would change.
    fn has(&self, verb: KubernetesVerb) -> bool {
        match verb {
            KubernetesVerb::Inspect => true,
            KubernetesVerb::Diff => self.verbs.contains(&verb) || self.verbs.contains(&KubernetesVerb::Apply),
            _ => self.verbs.contains(&verb),
        }
    }
}

/// A pattern that stands for any text.
fn open(pattern: &TextPattern) -> bool {
    matches!(pattern.0.as_str(), "*" | "**")
}

fn any(patterns: &[TextPattern], text: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(text))
}

fn is_namespace(object: &KubernetesObject) -> bool {
    object.group.is_empty() && object.kind == "Namespace"
}

fn allows_namespace(pattern: &TextPattern, scope: &KubernetesScope) -> bool {
    match scope {
        KubernetesScope::Namespace(namespace) => pattern.matches(namespace),
        _ => open(pattern),
    }
}

/// A pattern without a dot is for the kinds of Kubernetes itself, whatever their group; one with a dot names the group; `*` is for all.
/// So a resource that someone defines under the name of a known kind is not taken for it.
fn allows_kind(pattern: &TextPattern, object: &KubernetesObject) -> bool {
    if open(pattern) {
        return true;
    }
    if pattern.0.contains('.') {
        return pattern.matches(&object.full_kind());
    }
    let own = !object.group.contains('.') || object.group.ends_with(".k8s.io");
    own && pattern.matches(&object.kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PortBinding;

    fn texts(list: &[&str]) -> Vec<TextPattern> {
        list.iter().map(|text| TextPattern((*text).to_owned())).collect()
    }

    fn grant() -> KubernetesGrant {
        KubernetesGrant {
            contexts: texts(&["kind-*"]),
            namespaces: texts(&["app-*"]),
            kinds: texts(&["Deployment", "Secret", "*.argoproj.io"]),
            verbs: vec![KubernetesVerb::Get, KubernetesVerb::Apply],
            cluster: texts(&["Namespace"]),
            ..KubernetesGrant::default()
        }
    }

    fn effect(group: &str, kind: &str, namespace: &str, name: &str) -> KubernetesEffect {
        let scope = match namespace {
            "" => KubernetesScope::Cluster,
            "*" => KubernetesScope::AllNamespaces,
            _ => KubernetesScope::Namespace(namespace.to_owned()),
        };
        KubernetesEffect {
            verb: KubernetesVerb::Get,
            context: "kind-dev".into(),
            object: KubernetesObject { group: group.into(), kind: kind.into(), scope, name: name.into() },
            contents: false,
            port: None,
            command: vec![],
            note: String::new(),
        }
    }

    fn lacks(effect: &KubernetesEffect) -> String {
        grant().check(effect).err().unwrap_or_default()
    }

    #[test]
    fn each_part_must_be_granted() {
        let fine = effect("apps", "Deployment", "app-web", "web");
        assert_eq!(grant().check(&fine), Ok(()));
        let elsewhere = KubernetesEffect { context: "production".into(), ..fine.clone() };
        assert_eq!(lacks(&elsewhere), r#"contexts = ["production"]"#);
        let deletes = KubernetesEffect { verb: KubernetesVerb::Delete, ..fine };
        assert_eq!(lacks(&deletes), r#"verbs = ["delete"]"#);
        assert_eq!(lacks(&effect("apps", "StatefulSet", "app-web", "web")), r#"kinds = ["StatefulSet.apps"]"#);
        assert_eq!(lacks(&effect("apps", "Deployment", "kube-system", "web")), r#"namespaces = ["kube-system"]"#);
        assert_eq!(lacks(&effect("apps", "Deployment", "*", "")), r#"namespaces = ["*"]"#);
    }

    #[test]
    fn what_is_outside_of_namespaces_needs_its_own_word() {
        assert_eq!(lacks(&effect("", "Namespace", "", "app-web")), "");
        assert_eq!(lacks(&effect("", "Namespace", "", "kube-system")), r#"namespaces = ["kube-system"]"#);
        let role = effect("rbac.authorization.k8s.io", "ClusterRole", "", "admin");
        assert_eq!(lacks(&role), r#"cluster = ["ClusterRole.rbac.authorization.k8s.io"]"#);
        let wide = KubernetesGrant { kinds: texts(&["*"]), cluster: vec![], ..grant() };
        assert!(wide.check(&role).is_err(), "all kinds are all kinds in namespaces");
    }

    #[test]
    fn the_contents_of_a_secret_need_their_own_word() {
        let plain = effect("", "Secret", "app-web", "db");
        assert_eq!(lacks(&plain), "");
        let contents = KubernetesEffect { contents: true, ..plain };
        assert_eq!(lacks(&contents), r#"secrets = ["db"]"#);
        let granted = KubernetesGrant { secrets: texts(&["d*"]), ..grant() };
        assert_eq!(granted.check(&contents), Ok(()));
        let all = KubernetesEffect { contents: true, ..effect("", "Secret", "app-web", "") };
        assert_eq!(granted.check(&all), Err(r#"secrets = ["*"]"#.to_owned()));
    }

    #[test]
    fn a_kind_of_the_same_name_is_another_kind() {
        assert_eq!(lacks(&effect("evil.io", "Deployment", "app-web", "web")), r#"kinds = ["Deployment.evil.io"]"#);
        assert_eq!(lacks(&effect("argoproj.io", "Application", "app-web", "web")), "");
        assert_eq!(lacks(&effect("apps", "DeploymentX", "app-web", "web")), r#"kinds = ["DeploymentX.apps"]"#);
    }

    #[test]
    fn a_forwarded_port_is_granted_by_its_place() {
        let mut forward = effect("", "Secret", "app-web", "web");
        forward.port = Some(PortBinding { address: "127.0.0.1".into(), port: 8080 });
        assert_eq!(lacks(&forward), r#"ports = ["127.0.0.1:8080"]"#);
        let granted = KubernetesGrant { ports: vec![PortPattern("127.0.0.1:8000-8100".into())], ..grant() };
        assert_eq!(granted.check(&forward), Ok(()));
    }

    #[test]
    fn the_server_is_asked_where_the_context_is_granted() {
        let mut ask = effect("", "", "", "");
        ask.verb = KubernetesVerb::Inspect;
        ask.object.scope = KubernetesScope::Server;
        assert_eq!(lacks(&ask), "");
        ask.context = "production".into();
        assert_eq!(lacks(&ask), r#"contexts = ["production"]"#);
    }
}
