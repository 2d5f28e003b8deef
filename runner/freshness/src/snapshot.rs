use crate::walk::Walk;
use crate::{Base, Kind, Look, Stamp};
use infra_effect::PathPattern;
use infra_event::Digest;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// All that patterns match, with digests, and what was looked at to find it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Snapshot(pub(crate) Vec<Look>);

impl Snapshot {
    /// What the patterns match now, but for what `without` matches. What has the stamp that it had in `known` is not read again.
    #[must_use]
    pub fn take(base: &Base, patterns: &[PathPattern], without: &[PathPattern], known: &[&Self]) -> Self {
        let mut walk = Walk::new(base, without, known);
        for pattern in patterns {
            walk.pattern(&pattern.0);
        }
        Self(walk.found.into_values().collect())
    }

    /// Whether nothing of it has changed, by what the file system says alone. `false` where that is not enough to know.
    #[must_use]
    pub fn is_unchanged(&self, base: &Base) -> bool {
        self.0.iter().all(|look| match (base.stat(&look.path), &look.kind, &look.stamp) {
            (Ok(None), Kind::Absent, _) => true,
            (Ok(Some(stat)), kind, Some(stamp)) => *kind != Kind::Absent && Stamp::of(&stat) == *stamp,
            _ => false,
        })
    }

    /// What the patterns match.
    pub fn matched(&self) -> impl Iterator<Item = &Look> {
        self.0.iter().filter(|look| look.matched && look.kind != Kind::Absent)
    }

    /// What is at a path that the patterns match.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Kind> {
        let place = self.0.binary_search_by(|look| look.path.as_str().cmp(path)).ok()?;
        self.0.get(place).filter(|look| look.matched && look.kind != Kind::Absent).map(|look| &look.kind)
    }

    /// Of all that the patterns match: paths, kinds and content.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hasher = Sha256::new();
        for look in self.matched() {
            hasher.update((look.path.len() as u64).to_le_bytes());
            hasher.update(look.path.as_bytes());
            match &look.kind {
                Kind::Absent => {}
                Kind::Directory => hasher.update(b"d"),
                Kind::File(digest, executable) => {
                    hasher.update(if *executable { b"x" } else { b"f" });
                    hasher.update(digest.as_bytes());
                }
                Kind::Link(text) | Kind::Other(text) => {
                    hasher.update(if matches!(look.kind, Kind::Link(_)) { b"l" } else { b"o" });
                    hasher.update((text.len() as u64).to_le_bytes());
                    hasher.update(text.as_bytes());
                }
            }
        }
        Digest::from_bytes(hasher.finalize().into())
    }

    /// A file that was written between two looks, also where its content is the same again.
    #[must_use]
    pub fn written_since<'a>(&self, later: &'a Self) -> Option<&'a str> {
        let before =
            |path: &str| self.0.binary_search_by(|look| look.path.as_str().cmp(path)).ok().and_then(|place| self.0.get(place));
        let written = |look: &&Look| look.kind != Kind::Directory && before(&look.path).is_none_or(|known| known.raw != look.raw);
        later.matched().find(written).map(|look| look.path.as_str())
    }

    /// The same paths with the same content.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.matched().map(|look| (&look.path, &look.kind)).eq(other.matched().map(|look| (&look.path, &look.kind)))
    }

    /// What has no content to compare, and why.
    #[must_use]
    pub fn incomparable(&self) -> Option<(&str, &str)> {
        self.matched().find_map(|look| match &look.kind {
            Kind::Other(why) => Some((look.path.as_str(), why.as_str())),
            _ => None,
        })
    }

    /// The same without what only this machine knows.
    #[must_use]
    pub fn portable(&self) -> Self {
        Self(self.matched().map(|look| Look { stamp: None, ..look.clone() }).collect())
    }

    /// Whether it needs another look before it is known by stamps alone.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.0.iter().all(|look| look.kind == Kind::Absent || look.stamp.is_some())
    }
}
