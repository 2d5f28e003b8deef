//! Whether a pattern allows everything that another does. Strict: what is not clearly covered is not covered.

use crate::{ArgumentPatterns, DockerGrant, PathPattern, PortPattern, ProcessGrant, TextPattern};

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
        if self.0.starts_with('~') != other.0.starts_with('~') {
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

impl PathPattern {
    /// [`Self::covers`] for mounts and devices, whose patterns end in `:ro` where they allow only reading.
    #[must_use]
    pub fn covers_mount(&self, other: &Self) -> bool {
        let bare = |pattern: &Self| match pattern.0.strip_suffix(":ro") {
            Some(bare) => (Self(bare.to_owned()), true),
            None => (pattern.clone(), false),
        };
        let ((have, only_reading), (wanted, wants_reading)) = (bare(self), bare(other));
        (!only_reading || wants_reading) && have.covers(&wanted)
    }
}

impl PortPattern {
    /// Whether everything that `other` allows to be published is allowed by this one too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let (address, port) = other.0.rsplit_once(':').unwrap_or(("127.0.0.1", &other.0));
        let address = address.trim_start_matches('[').trim_end_matches(']');
        // A star is no address: only the same pattern is known to hold all of them.
        self == other || (address != "*" && port.parse().is_ok_and(|port| self.matches(address, port)))
    }
}

impl ArgumentPatterns {
    /// Whether every argument vector that `other` matches is matched by this one too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let literal = |pattern: &String| match pattern.strip_prefix('=') {
            Some(literal) => Some(literal.to_owned()),
            None => (!pattern.contains('*')).then(|| pattern.clone()),
        };
        let known: Option<Vec<Option<String>>> = other.0.iter().map(|pattern| literal(pattern).map(Some)).collect();
        self == other || *self == Self::any() || known.is_some_and(|known| self.match_known(&known))
    }

    /// Whether these arguments match whatever the unknown ones turn out to be; `None` stands for an argument that is not known yet.
    #[must_use]
    pub fn match_known(&self, args: &[Option<String>]) -> bool {
        let (patterns, open) = match self.0.split_last() {
            Some((last, rest)) if last == "**" => (rest, true),
            _ => (self.0.as_slice(), false),
        };
        let fits = if open { args.len() >= patterns.len() } else { args.len() == patterns.len() };
        fits && patterns.iter().zip(args).all(|(pattern, arg)| match arg {
            Some(arg) => Self(vec![pattern.clone()]).matches(std::slice::from_ref(arg)),
            None => pattern == "*",
        })
    }
}

impl DockerGrant {
    /// Whether everything that `other` allows is allowed by this one grant too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let texts = |have: &[TextPattern], wanted: &[TextPattern]| {
            wanted.iter().all(|wanted| have.iter().any(|have| have.covers(wanted)))
        };
        other.verbs.iter().all(|verb| self.verbs.contains(verb))
            && texts(&self.images, &other.images)
            && texts(&self.options, &other.options)
            && texts(&self.foreign, &other.foreign)
            && other.contexts.iter().all(|path| self.contexts.iter().any(|have| have.covers(path)))
            && other.mounts.iter().all(|mount| self.mounts.iter().any(|have| have.covers_mount(mount)))
            && other.ports.iter().all(|port| self.ports.iter().any(|have| have.covers(port)))
    }
}

impl ProcessGrant {
    /// Whether everything that `other` allows is allowed by this one grant too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.program.covers(&other.program) && self.args.covers(&other.args) && self.confines(other) && (self.pure || !other.pure)
    }

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
            ("**", "~"),
            ("**", "~other/x"),
        ] {
            assert!(!covers(have, other), "{have} {other}");
        }
        let covers = |have: &str, other: &str| TextPattern(have.into()).covers(&TextPattern(other.into()));
        assert!(covers("AWS_*", "AWS_REGION") && covers("**", "a/*") && covers("*", "A*"));
        assert!(!covers("AWS_*", "*") && !covers("a/*", "a/**") && !covers("A*", "B"));
    }

    #[test]
    fn a_mount_for_reading_covers_no_writing() {
        let covers = |have: &str, other: &str| PathPattern(have.into()).covers_mount(&PathPattern(other.into()));
        assert!(covers("data/**", "data/a") && covers("data/**", "data/a:ro") && covers("data/**:ro", "data/a:ro"));
        assert!(!covers("data/**:ro", "data/a") && !covers("data/*", "data/**:ro") && !covers("**", "~/a:ro"));
    }

    #[test]
    fn a_port_covers_no_other_address() {
        let covers = |have: &str, other: &str| PortPattern(have.into()).covers(&PortPattern(other.into()));
        assert!(
            covers("127.0.0.1:*", "80") && covers("*:80", "*:80") && covers("*:*", "0.0.0.0:80") && covers("*:80", "[::1]:80")
        );
        assert!(!covers("127.0.0.1:*", "*:80") && !covers("80", "0.0.0.0:80") && !covers("8000", "8000-8001"));
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
