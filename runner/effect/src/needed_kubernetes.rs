use crate::{KubernetesGrant, KubernetesVerb, PortPattern, TextPattern};

impl KubernetesGrant {
    /// Whether each part of this need stands in one of the grants, to the letter or by pattern. The gate decides about each effect; this tells
    /// beforehand what cannot go well.
    #[must_use]
    pub fn held_by(&self, grants: &[Self]) -> bool {
        let any = |held: &dyn Fn(&Self) -> bool| grants.iter().any(held);
        let texts = |needed: &[TextPattern], list: fn(&Self) -> &[TextPattern]| {
            needed.iter().all(|part| any(&|grant| list(grant).iter().any(|have| have.covers(part))))
        };
        let kinds = |needed: &[TextPattern], list: fn(&Self) -> &[TextPattern]| {
            needed.iter().all(|part| any(&|grant| list(grant).iter().any(|have| covers_kind(have, part))))
        };
        !grants.is_empty()
            && texts(&self.contexts, |grant| &grant.contexts)
            && texts(&self.namespaces, |grant| &grant.namespaces)
            && texts(&self.secrets, |grant| &grant.secrets)
            && kinds(&self.kinds, |grant| &grant.kinds)
            && kinds(&self.cluster, |grant| &grant.cluster)
            // Every grant allows asking the server.
            && self.verbs.iter().all(|verb| *verb == KubernetesVerb::Inspect || any(&|grant| grant.verbs.contains(verb)))
            && self.ports.iter().all(|port| any(&|grant| grant.ports.iter().any(|have| have.publishes(port))))
    }

    /// Whether this one grant allows all that another does.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        // What each other verb implies is the same for both.
        other.held_by(std::slice::from_ref(self))
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
        let patterns = |list: &'_ [TextPattern]| list.iter().map(|item| item.0.clone()).collect::<Vec<_>>();
        for (name, items) in [
            ("contexts", patterns(&self.contexts)),
            ("namespaces", patterns(&self.namespaces)),
            ("kinds", patterns(&self.kinds)),
            ("verbs", self.verbs.iter().map(|verb| verb.word().to_owned()).collect()),
            ("cluster", patterns(&self.cluster)),
            ("secrets", patterns(&self.secrets)),
            ("ports", self.ports.iter().map(|port| port.0.clone()).collect()),
        ] {
            list(name, items.iter().map(String::as_str).collect());
        }
        format!("kubernetes = [{{ {} }}]", parts.join(", "))
    }
}

/// A pattern without a dot does not cover one with a dot, whose group may be anyone's: only `*` does.
fn covers_kind(have: &TextPattern, needed: &TextPattern) -> bool {
    let open = matches!(have.0.as_str(), "*" | "**");
    open || have == needed || (have.0.contains('.') == needed.0.contains('.') && have.covers(needed) && !is_open(needed))
}

fn is_open(pattern: &TextPattern) -> bool {
    matches!(pattern.0.as_str(), "*" | "**")
}

impl PortPattern {
    /// Whether each place that `needed` names exactly is one of this pattern's.
    #[must_use]
    pub fn publishes(&self, needed: &Self) -> bool {
        let (address, number) = needed.0.rsplit_once(':').unwrap_or(("127.0.0.1", &needed.0));
        let address = address.trim_start_matches('[').trim_end_matches(']');
        self == needed || (address != "*" && number.parse().is_ok_and(|number| self.matches(address, number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(kinds: &[&str], verbs: &[KubernetesVerb]) -> KubernetesGrant {
        let texts = |list: &[&str]| list.iter().map(|text| TextPattern((*text).to_owned())).collect::<Vec<_>>();
        KubernetesGrant { contexts: texts(&["kind-*"]), kinds: texts(kinds), verbs: verbs.to_vec(), ..KubernetesGrant::default() }
    }

    #[test]
    fn a_need_is_held_by_what_is_as_wide() {
        let have = [grant(&["Deployment", "*.argoproj.io"], &[KubernetesVerb::Get])];
        assert!(grant(&["Deployment"], &[KubernetesVerb::Get, KubernetesVerb::Inspect]).held_by(&have));
        assert!(grant(&["Application.argoproj.io"], &[]).held_by(&have));
        assert!(!grant(&["*"], &[]).held_by(&have));
        assert!(!grant(&["Deployment.evil.io"], &[]).held_by(&have));
        assert!(!grant(&[], &[KubernetesVerb::Delete]).held_by(&have));
        assert!(!grant(&[], &[]).held_by(&[]));
        assert!(grant(&["Deployment.evil.io"], &[]).held_by(&[grant(&["*"], &[])]));
    }

    #[test]
    fn a_grant_is_written_as_it_is_read() {
        let line = grant(&["Pod"], &[KubernetesVerb::SetImage]).line();
        assert_eq!(line, r#"kubernetes = [{ contexts = ["kind-*"], kinds = ["Pod"], verbs = ["set-image"] }]"#);
    }
}
