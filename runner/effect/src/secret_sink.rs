use crate::http_host::HostPart;
use crate::{HostPattern, HttpScheme, PathPattern, TextPattern};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What kind of place a secret goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SinkKind {
    /// The environment or the standard input of a program.
    Process,
    /// The environment of a container, or the environment or the standard input of a command in one.
    Docker,
    /// The content of a file, which is its owner's alone.
    File,
    /// A header of a request to a server.
    Http,
}

impl SinkKind {
    /// Every kind with its word.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Process, "process"), (Self::Docker, "docker"), (Self::File, "file"), (Self::Http, "http")];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Docker => "docker",
            Self::File => "file",
            Self::Http => "http",
        }
    }
}

/// Where a secret goes, `process:psql`; in a grant, where it may go, by a pattern: `docker:postgres:16*`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretSink {
    /// The kind of place.
    pub kind: SinkKind,
    /// The program, the image, the path or the host.
    pub target: String,
}

/// A text that names no place for secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no place for a secret: write {forms}", text = .0, forms = SecretSink::FORMS)]
pub struct SecretSinkError(pub String);

impl SecretSink {
    /// How a place is written, for people.
    pub const FORMS: &str = "`process:PROGRAM`, `docker:IMAGE`, `http:HOST` (by its name) or `file:PATH`";

    /// A place.
    #[must_use]
    pub fn new(kind: SinkKind, target: impl Into<String>) -> Self {
        Self { kind, target: target.into() }
    }

    /// Whether this pattern stands for the place.
    #[must_use]
    pub fn matches(&self, place: &Self) -> bool {
        if self.kind != place.kind {
            return false;
        }
        match self.kind {
            SinkKind::File => PathPattern(self.target.clone()).matches(&place.target),
            SinkKind::Process => {
                // A program that is named by a path through `..` must be spelled out.
                let climbs = place.target.split('/').any(|segment| segment == "..");
                self.target == place.target || (!climbs && TextPattern(self.target.clone()).matches(&place.target))
            }
            SinkKind::Docker => TextPattern(self.target.clone()).matches(&place.target),
            SinkKind::Http => both(self, place, HostPattern::holds),
        }
    }

    /// Whether this pattern stands for every place that `other` stands for.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.kind == other.kind
            && match self.kind {
                SinkKind::File => PathPattern(self.target.clone()).covers(&PathPattern(other.target.clone())),
                SinkKind::Http => both(self, other, HostPattern::covers),
                SinkKind::Process | SinkKind::Docker => {
                    TextPattern(self.target.clone()).covers(&TextPattern(other.target.clone()))
                }
            }
    }
}

/// Compares two places that are hosts.
fn both(one: &SecretSink, other: &SecretSink, compare: impl Fn(&HostPattern, &HostPattern) -> bool) -> bool {
    hosts(&one.target).zip(hosts(&other.target)).is_some_and(|(one, other)| compare(&one, &other))
}

/// The hosts that a text stands for. It names them: a secret never goes to any host at all, and in the clear only where `http://` is written out.
fn hosts(text: &str) -> Option<HostPattern> {
    let mut hosts = HostPattern::parse(text).ok().filter(|hosts| hosts.host != HostPart::Any)?;
    hosts.scheme.get_or_insert(HttpScheme::Https);
    Some(hosts)
}

impl fmt::Display for SecretSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.word(), self.target)
    }
}

impl FromStr for SecretSink {
    type Err = SecretSinkError;

    fn from_str(text: &str) -> Result<Self, SecretSinkError> {
        let parts = text.split_once(':').filter(|(_, target)| !target.is_empty());
        let kind = |word: &str| SinkKind::ALL.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind);
        let sink = parts.and_then(|(word, target)| Some(Self::new(kind(word)?, target)));
        let sink = sink.filter(|sink| sink.kind != SinkKind::Http || hosts(&sink.target).is_some());
        sink.ok_or_else(|| SecretSinkError(text.to_owned()))
    }
}

impl TryFrom<String> for SecretSink {
    type Error = SecretSinkError;

    fn try_from(text: String) -> Result<Self, SecretSinkError> {
        text.parse()
    }
}

impl From<SecretSink> for String {
    fn from(sink: SecretSink) -> Self {
        sink.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, place: &str) -> bool {
        pattern.parse::<SecretSink>().unwrap().matches(&place.parse().unwrap())
    }

    #[test]
    fn a_pattern_stands_for_places_of_its_kind() {
        for (pattern, place) in [
            ("process:psql", "process:psql"),
            ("process:tools/*", "process:tools/a"),
            ("docker:postgres:16*", "docker:postgres:16-alpine"),
            ("file:out/**", "file:out/a/.env"),
            ("http:api.example.com", "http:https://api.example.com"),
            ("http:*.example.com:*", "http:https://a.example.com:8443"),
            ("http:http://127.0.0.1:*", "http:http://127.0.0.1:8200"),
        ] {
            assert!(matches(pattern, place), "{pattern} {place}");
        }
        for (pattern, place) in [
            ("process:psql", "process:sh"),
            ("process:psql", "docker:psql"),
            ("process:tools/**", "process:tools/../sh"),
            ("docker:postgres:16*", "docker:evil/postgres:16"),
            ("file:out/*", "file:out/a/b"),
            ("http:api.example.com", "http:https://evil.example.com"),
            ("http:api.example.com", "http:https://api.example.com:8443"),
            ("http:api.example.com", "http:http://api.example.com"),
            ("http:*.example.com", "http:https://example.com.evil.org"),
            ("http:http://127.0.0.1:*", "http:http://127.0.0.2:80"),
        ] {
            assert!(!matches(pattern, place), "{pattern} {place}");
        }
    }

    #[test]
    fn a_pattern_covers_what_is_narrower() {
        let covers = |one: &str, other: &str| one.parse::<SecretSink>().unwrap().covers(&other.parse().unwrap());
        for (wide, narrow) in [("http:*.test:*", "http:a.test"), ("process:*", "process:psql"), ("file:out/**", "file:out/a")] {
            assert!(covers(wide, narrow) && !covers(narrow, wide), "{wide} {narrow}");
        }
        assert!(!covers("http:a.test", "http:http://a.test") && !covers("process:a", "docker:a"));
    }

    #[test]
    fn what_names_no_place_is_refused() {
        for text in ["psql", "process:", "shell:x", "", "http:*", "http:https://*", "http:ftp://a.io", "http:a.io/path"] {
            assert!(text.parse::<SecretSink>().is_err(), "{text}");
        }
    }
}
