use serde::{Deserialize, Serialize};
use std::fmt;

/// A pattern for names: `*` stands for any run of characters except `/`, `**` for any run at all; everything else stands for itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TextPattern(pub String);

impl TextPattern {
    /// Whether `text` as a whole has this pattern.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        wildcard(self.0.as_bytes(), text.as_bytes())
    }
}

impl fmt::Display for TextPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Matches with backtracking to the last star of each kind only, so the time is bounded by a polynomial, not by an exponent.
fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where to go on after a mismatch: the position behind the star, and the text position that the star has reached.
    let mut single: Option<(usize, usize)> = None;
    let mut double: Option<(usize, usize)> = None;
    loop {
        if p < pattern.len() && pattern[p] == b'*' {
            if pattern.get(p + 1) == Some(&b'*') {
                p += 2;
                double = Some((p, t));
                single = None;
            } else {
                p += 1;
                single = Some((p, t));
            }
            continue;
        }
        if t < text.len() && p < pattern.len() && pattern[p] == text[t] {
            p += 1;
            t += 1;
            continue;
        }
        if t == text.len() && p == pattern.len() {
            return true;
        }
        if let Some((behind, reached)) = single
            && reached < text.len()
            && text[reached] != b'/'
        {
            single = Some((behind, reached + 1));
            (p, t) = (behind, reached + 1);
            continue;
        }
        if let Some((behind, reached)) = double
            && reached < text.len()
        {
            double = Some((behind, reached + 1));
            single = None;
            (p, t) = (behind, reached + 1);
            continue;
        }
        return false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        TextPattern(pattern.to_owned()).matches(text)
    }

    #[test]
    fn a_star_stays_within_a_segment() {
        assert!(matches("postgres:16*", "postgres:16-alpine"));
        assert!(matches("minio/*", "minio/minio:latest"));
        assert!(!matches("minio/*", "minio/evil/minio"));
        assert!(!matches("postgres:16*", "evil/postgres:16"));
        assert!(matches("*", ""));
        assert!(!matches("*", "a/b"));
    }

    #[test]
    fn two_stars_cross_segments() {
        assert!(matches("ghcr.io/**", "ghcr.io/acme/tools/x:1"));
        assert!(matches("**/x:*", "ghcr.io/acme/x:1"));
        assert!(!matches("ghcr.io/**", "ghcr.io.evil/acme"));
    }

    #[test]
    fn a_hostile_pattern_ends() {
        assert!(!matches(&"*a".repeat(200), &"a".repeat(199)));
        assert!(!matches(&"**a".repeat(200), &format!("{}b", "a".repeat(2000))));
    }
}
