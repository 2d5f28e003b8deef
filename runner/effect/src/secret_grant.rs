use crate::grants::quoted;
use crate::{SecretEffect, SecretSink, TextPattern};
use serde::{Deserialize, Serialize};

/// Allows secrets to go to places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SecretGrant {
    /// The secrets, by their names in the Infrafile.
    pub name: TextPattern,
    /// Where their texts may come from, as `env:DB_*`; anywhere, where nothing is said.
    #[serde(default)]
    pub from: Vec<TextPattern>,
    /// Where they may go.
    #[serde(default)]
    pub to: Vec<SecretSink>,
    /// Whether their text may be told to the task itself.
    #[serde(default)]
    pub reveal: bool,
}

impl SecretGrant {
    /// A grant of one secret for one place.
    #[must_use]
    pub fn exactly(name: &str, to: SecretSink) -> Self {
        Self { name: TextPattern(name.to_owned()), from: vec![], to: vec![to], reveal: false }
    }

    /// What allows an effect and nothing else.
    #[must_use]
    pub fn of(effect: &SecretEffect) -> Self {
        let name = TextPattern(effect.name.clone());
        Self { name, from: vec![], to: effect.to.iter().cloned().collect(), reveal: effect.to.is_none() }
    }

    /// Whether the effect is allowed.
    #[must_use]
    pub fn allows(&self, effect: &SecretEffect) -> bool {
        let goes = |place| self.to.iter().any(|to| to.matches(place));
        let comes = self.from.is_empty() || self.from.iter().any(|from| from.matches(&effect.from));
        self.name.matches(&effect.name) && comes && effect.to.as_ref().map_or(self.reveal, goes)
    }

    /// Whether each part of this need stands in one of the grants.
    #[must_use]
    pub fn held_by(&self, grants: &[Self]) -> bool {
        let mut named = grants.iter().filter(|grant| grant.name.covers(&self.name)).peekable();
        let named: Vec<&Self> = if named.peek().is_some() { named.collect() } else { return false };
        self.to.iter().all(|to| named.iter().any(|grant| grant.to.iter().any(|have| have.covers(to))))
            && (!self.reveal || named.iter().any(|grant| grant.reveal))
    }

    /// The grant as a line of an Infrafile or a policy.
    #[must_use]
    pub fn line(&self) -> String {
        let mut parts = vec![format!("name = {}", quoted(&self.name.0))];
        if !self.from.is_empty() {
            let from: Vec<String> = self.from.iter().map(|from| quoted(&from.0)).collect();
            parts.push(format!("from = [{}]", from.join(", ")));
        }
        if !self.to.is_empty() {
            let to: Vec<String> = self.to.iter().map(|to| quoted(&to.to_string())).collect();
            parts.push(format!("to = [{}]", to.join(", ")));
        }
        if self.reveal {
            parts.push("reveal = true".to_owned());
        }
        format!("secrets = [{{ {} }}]", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(name: &str, to: &[&str], reveal: bool) -> SecretGrant {
        SecretGrant {
            name: TextPattern(name.into()),
            from: vec![],
            to: to.iter().map(|to| to.parse().unwrap()).collect(),
            reveal,
        }
    }

    #[test]
    fn a_secret_goes_where_it_may_and_is_told_where_that_is_said() {
        let psql = SecretEffect { name: "DB".into(), from: "env:DB".into(), to: Some("process:psql".parse().unwrap()) };
        let told = SecretEffect { to: None, ..psql.clone() };
        let pinned = |from: &str| SecretGrant { from: vec![TextPattern(from.into())], ..grant("DB", &["process:psql"], false) };
        assert!(pinned("env:D*").allows(&psql) && !pinned("file:**").allows(&psql));
        let allowed = grant("DB", &["process:psql"], false);
        assert!(allowed.allows(&psql) && !allowed.allows(&told));
        assert!(!grant("OTHER", &["process:psql"], true).allows(&psql));
        assert!(!grant("DB", &["process:sh"], false).allows(&psql));
        let revealing = grant("DB", &[], true);
        assert!(revealing.allows(&told) && !revealing.allows(&psql));
        assert_eq!(SecretGrant::of(&psql).line(), r#"secrets = [{ name = "DB", to = ["process:psql"] }]"#);
        assert_eq!(SecretGrant::of(&told).line(), r#"secrets = [{ name = "DB", reveal = true }]"#);
    }

    #[test]
    fn a_need_is_held_part_by_part() {
        let have = [grant("DB*", &["process:*"], false), grant("DB", &["file:out/**"], false)];
        assert!(grant("DB", &["process:psql", "file:out/a"], false).held_by(&have));
        assert!(!grant("DB", &["docker:x"], false).held_by(&have));
        assert!(!grant("DB", &[], true).held_by(&have));
        assert!(!grant("X", &[], false).held_by(&have));
    }
}
