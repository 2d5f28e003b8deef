//! Whether a pattern allows everything that another does. Strict: what is not clearly covered is not covered.

use crate::{PathPattern, ProcessGrant, TextPattern};

impl TextPattern {
    /// Whether every text that `other` matches is matched by this one too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        if other.0.contains("**") {
            // Only what ends open holds what any run of characters can reach.
            let Some(lead) = self.0.strip_suffix("**") else { return false };
            return !lead.contains('*') && other.0.starts_with(lead);
        }
        // A star of `other` is taken for a character here, which only a star can match, and that matches what it stands for as well.
        self.matches(&other.0)
    }
}

impl PathPattern {
    /// Whether every path that `other` matches is matched by this one too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        // Where the home directory is, is not known here.
        if self.0.starts_with("~/") != other.0.starts_with("~/") {
            return false;
        }
        if other.0.contains("**") {
            // Only a whole directory holds what any number of segments can reach.
            let Some(directory) = self.0.strip_suffix("**").filter(|lead| lead.is_empty() || lead.ends_with('/')) else {
                return false;
            };
            return !directory.contains('*') && self.matches(&other.fixed_prefix());
        }
        self.matches(&other.0)
    }
}

impl ProcessGrant {
    /// Whether a program that runs under `other` can reach nothing that it could not reach under this grant. What the program is called
    /// with is not looked at.
    #[must_use]
    pub fn confines(&self, other: &Self) -> bool {
        let paths = |have: &[PathPattern], wanted: &[PathPattern]| {
            wanted.iter().all(|wanted| have.iter().any(|have| have.covers(wanted)))
        };
        let reading = [self.read.as_slice(), self.write.as_slice()].concat();
        let ports =
            |have: &[String], wanted: &[String]| wanted.iter().all(|port| have.iter().any(|have| have == port || have == "*"));
        (other.confine || !self.confine)
            && paths(&reading, &other.read)
            && paths(&self.write, &other.write)
            && ports(&self.connect, &other.connect)
            && ports(&self.listen, &other.listen)
            && other.env.iter().all(|name| self.env.iter().any(|have| have.covers(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_what_is_narrower() {
        let covers = |have: &str, other: &str| PathPattern(have.into()).covers(&PathPattern(other.into()));
        for (have, other) in
            [("**", "a/**"), ("a/**", "a/*/b"), ("a/**", "a/b/**"), ("a/*", "a/b"), ("a/*", "a/b*"), ("a", "a"), ("a/**", "a")]
        {
            assert!(covers(have, other), "{have} {other}");
        }
        for (have, other) in [
            ("a/*", "a/**"),
            ("a/b/**", "a/**"),
            ("a**", "a/**"),
            ("**", "/etc"),
            ("**", "../x"),
            ("a/**/b", "a/**"),
            ("a/b*", "a/*"),
            ("**", "~/x"),
        ] {
            assert!(!covers(have, other), "{have} {other}");
        }
        let covers = |have: &str, other: &str| TextPattern(have.into()).covers(&TextPattern(other.into()));
        assert!(covers("AWS_*", "AWS_REGION") && covers("**", "a/*") && covers("*", "A*"));
        assert!(!covers("AWS_*", "*") && !covers("a/*", "a/**") && !covers("A*", "B"));
    }

    #[test]
    fn a_grant_confines_what_reaches_no_further() {
        let grant = |change: fn(&mut ProcessGrant)| {
            let mut grant = ProcessGrant::exactly("sh", &[]);
            grant.read = vec![PathPattern("src/**".into())];
            grant.connect = vec!["*:443".into()];
            change(&mut grant);
            grant
        };
        let narrow = grant(|_| ());
        assert!(narrow.confines(&narrow));
        assert!(narrow.confines(&grant(|grant| grant.read.clear())));
        for wider in [
            grant(|grant| grant.confine = false),
            grant(|grant| grant.read.push(PathPattern("**".into()))),
            grant(|grant| grant.write.push(PathPattern("src/a".into()))),
            grant(|grant| grant.connect.push("*".into())),
            grant(|grant| grant.listen.push("*:80".into())),
            grant(|grant| grant.env.push(TextPattern("AWS_*".into()))),
        ] {
            assert!(!narrow.confines(&wider), "{wider:?}");
            assert!(wider.confines(&narrow), "{wider:?}");
        }
    }
}
