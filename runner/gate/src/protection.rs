use infra_effect::{Effect, Key, KubernetesGrant, Refusal, TextPattern};
use std::collections::BTreeSet;

/// Contexts of Kubernetes to which nothing is done before a person has typed their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Protection {
    patterns: Vec<TextPattern>,
    /// Those that were typed; none before the run has asked, when nothing is refused: a plan changes nothing.
    confirmed: Option<BTreeSet<String>>,
}

impl Protection {
    pub(crate) const fn none() -> Self {
        Self { patterns: vec![], confirmed: None }
    }

    pub(crate) fn of(patterns: Vec<TextPattern>) -> Self {
        Self { patterns, confirmed: None }
    }

    pub(crate) fn add(&mut self, patterns: &[TextPattern]) {
        self.patterns.extend_from_slice(patterns);
    }

    /// A star stands for anything here, for slashes as well: names of contexts have them.
    pub(crate) fn covers(&self, context: &str) -> bool {
        let wide = |pattern: &TextPattern| TextPattern(pattern.0.replace("**", "*").replace('*', "**"));
        self.patterns.iter().any(|pattern| wide(pattern).matches(context))
    }

    pub(crate) fn confirm(&mut self, contexts: BTreeSet<String>) {
        self.confirmed = Some(contexts);
    }

    pub(crate) fn confirmed(&self) -> BTreeSet<String> {
        self.confirmed.clone().unwrap_or_default()
    }

    pub(crate) fn check(&self, effect: &Effect) -> Result<(), Refusal> {
        let (Effect::Kubernetes { kind, effect }, Some(confirmed)) = (effect, &self.confirmed) else { return Ok(()) };
        if !self.covers(&effect.context) || confirmed.contains(&effect.context) {
            return Ok(());
        }
        let needed = KubernetesGrant { contexts: vec![TextPattern(effect.context.clone())], ..KubernetesGrant::default() };
        Err(Refusal { kind: *kind, summary: effect.summary(), key: Key::Protection, line: needed.line() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use infra_effect::{EffectKind, KubernetesEffect, KubernetesObject, KubernetesVerb};

    fn connect(context: &str) -> Effect {
        let effect = KubernetesEffect {
            verb: KubernetesVerb::Inspect,
            context: context.to_owned(),
            object: KubernetesObject::default(),
            contents: false,
            port: None,
            command: vec![],
            note: String::new(),
        };
        Effect::Kubernetes { kind: EffectKind::KubernetesConnect, effect }
    }

    #[test]
    fn a_protected_context_is_closed_until_its_name_was_typed() {
        let mut protection = Protection::of(vec![TextPattern("*prod*".to_owned())]);
        let cloud = "arn:aws:eks:eu-1:1:cluster/prod";
        assert!(protection.covers(cloud) && protection.covers("prod") && !protection.covers("dev"));
        assert!(protection.check(&connect(cloud)).is_ok(), "nobody was asked yet");
        protection.confirm(BTreeSet::from(["prod".to_owned()]));
        assert!(protection.check(&connect("prod")).is_ok());
        assert!(protection.check(&connect("dev")).is_ok());
        let refusal = protection.check(&connect(cloud)).map_err(|refusal| refusal.to_string());
        assert!(refusal.is_err_and(|text| text.contains("the context is protected, and the run has not asked")));
    }
}
