use serde::{Deserialize, Serialize};
use std::fmt;

/// A pattern for paths: `**` stands for any number of whole segments, `*` for a run of characters within one, everything else for
/// itself. A relative pattern is relative to the project's root; `~/` starts at the home directory, which the gate expands.
///
/// A pattern without a wildcard at its end grants that path alone, not what lies below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PathPattern(pub String);

impl PathPattern {
    /// Whether `path` has this pattern. Both are relative to the project's root, or both are absolute. `path` is canonical: a
    /// path that still holds `..` never matches.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let segments: Vec<&str> = split(path);
        if path.starts_with('/') != self.0.starts_with('/') || segments.contains(&"..") {
            return false;
        }
        matches_segments(&split(&self.0), &segments)
    }

    /// The leading part without wildcards: the directory that holds all that this pattern can match.
    #[must_use]
    pub fn fixed_prefix(&self) -> String {
        let fixed: Vec<&str> = split(&self.0).into_iter().take_while(|segment| !segment.contains('*')).collect();
        let lead = if self.0.starts_with('/') { "/" } else { "" };
        format!("{lead}{}", fixed.join("/"))
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn split(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty() && *segment != ".").collect()
}

/// Greedy with one point of return, as for text: `**` is the star and a segment the character.
fn matches_segments(pattern: &[&str], path: &[&str]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < path.len() || p < pattern.len() {
        if pattern.get(p) == Some(&"**") {
            p += 1;
            back = Some((p, t));
            continue;
        }
        if let (Some(wanted), Some(segment)) = (pattern.get(p), path.get(t))
            && super::TextPattern((*wanted).to_owned()).matches(segment)
        {
            p += 1;
            t += 1;
            continue;
        }
        match back {
            Some((behind, reached)) if reached < path.len() => {
                back = Some((behind, reached + 1));
                (p, t) = (behind, reached + 1);
            }
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        PathPattern(pattern.to_owned()).matches(path)
    }

    #[test]
    fn segments_are_matched_whole() {
        assert!(matches("platform/docker/**", "platform/docker/databases/postgres/compose.yaml"));
        assert!(matches("platform/docker/**", "platform/docker"));
        assert!(matches("platform/**/compose.yaml", "platform/compose.yaml"));
        assert!(matches("platform/**/compose.yaml", "platform/a/b/compose.yaml"));
        assert!(matches("**", "a/b"));
        assert!(!matches("platform/docker/**", "platform/docker-evil/x"));
        assert!(!matches("platform/*", "platform/a/b"));
        assert!(!matches("platform", "platform/a"));
    }

    #[test]
    fn a_path_that_climbs_never_matches() {
        assert!(!matches("platform/**", "platform/../secret"));
        assert!(!matches("**", "../x"));
        assert!(!matches("**", "/etc/passwd"));
    }

    #[test]
    fn the_fixed_prefix_ends_before_the_first_wildcard() {
        assert_eq!(PathPattern("platform/docker/**/x".into()).fixed_prefix(), "platform/docker");
        assert_eq!(PathPattern("/srv/data/*.sql".into()).fixed_prefix(), "/srv/data");
        assert_eq!(PathPattern("**".into()).fixed_prefix(), "");
    }
}
