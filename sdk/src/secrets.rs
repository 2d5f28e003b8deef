//! Secrets of the Infrafile's `[secrets]`. Needs `secrets` grants.
//!
//! A task holds a [`Secret`]: it names the text and does not have it. The runner puts the text in its place where the secret goes: into the
//! environment or the standard input of a program or of a command in a container, the environment of a container, the content of a file, a
//! header of a request.

use crate::docker::Exec;
use crate::host;
use crate::http::Request;
use crate::process::{Command, Running};
use crate::{Error, Result};
use serde::de::{Deserialize, Deserializer, Error as _};
use std::fmt;

/// What every handle begins with, and how long the digits at its end are.
const LEAD: &str = "infra-secret-";
const DIGITS: usize = 32;

/// A secret, without its text. A parameter of this kind takes `${secrets.NAME}`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Its name in the Infrafile.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.get(LEAD.len()..self.0.len().saturating_sub(DIGITS + 1)).unwrap_or_default()
    }

    /// What stands for it: in a variable or in a file, also within more text, the runner puts the secret in its place.
    #[must_use]
    pub fn handle(&self) -> &str {
        &self.0
    }

    /// Its text. Every place is better: the runner then knows where it went.
    ///
    /// # Errors
    /// `denied` without `reveal = true` in the grant.
    pub fn reveal(&self) -> Result<String> {
        host::with(|host| host.reveal_secret(&self.0))
    }
}

impl TryFrom<String> for Secret {
    type Error = Error;

    /// The text is not repeated: it may be the secret itself.
    fn try_from(text: String) -> Result<Self> {
        if names_in(&text).len() == 1
            && text.starts_with(LEAD)
            && text.len() == LEAD.len() + names_in(&text)[0].len() + DIGITS + 1
        {
            return Ok(Self(text));
        }
        Err(Error::new("invalid", "it takes a secret, not a text")
            .hint("write `${secrets.NAME}`, and declare NAME in `[secrets]`"))
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text =
            String::deserialize(deserializer).map_err(|_| D::Error::custom("it takes a secret: write `${secrets.NAME}`"))?;
        Self::try_from(text).map_err(|_| D::Error::custom("it takes a secret, not a text: write `${secrets.NAME}`"))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.name())
    }
}

impl Command {
    /// Also this variable, which is a secret.
    pub fn secret(self, name: impl Into<String>, secret: &Secret) -> Self {
        self.env(name, secret.handle())
    }
}

impl Request {
    /// Also this header, whose value is a secret. It goes to the first server alone, wherever that redirects.
    pub fn secret_header(self, name: impl Into<String>, secret: &Secret) -> Self {
        self.header(name, secret.handle())
    }

    /// With a secret as the token in `authorization: Bearer …`.
    pub fn bearer(self, secret: &Secret) -> Self {
        self.header("authorization", format!("Bearer {}", secret.handle()))
    }

    /// With a secret as the password in `authorization: Basic …`.
    pub fn basic(self, user: &str, password: &Secret) -> Self {
        let both = crate::base64::encode(format!("{user}:{}", password.handle()).as_bytes());
        self.header("authorization", format!("Basic {both}"))
    }
}

impl Running {
    /// Writes a text to its standard input, with secrets in the place of their handles.
    ///
    /// # Errors
    /// `denied`; `input-output` when it reads no more.
    pub fn write_secret(&self, text: &str) -> Result<()> {
        self.handle().write_secret(text)
    }
}

impl Exec {
    /// Writes a text to its standard input, with secrets in the place of their handles.
    ///
    /// # Errors
    /// `denied`; `input-output` when it reads no more.
    pub fn write_secret(&self, text: &str) -> Result<()> {
        self.handle().write_secret(text)
    }
}

/// A secret by its name.
///
/// # Errors
/// `not-found`; `denied` where nothing of it is granted.
pub fn find(name: &str) -> Result<Secret> {
    host::with(|host| host.find_secret(name)).map(Secret)
}

/// What the stand-in of tests gives for a secret.
pub(crate) fn test_handle(name: &str) -> String {
    format!("{LEAD}{name}-{}", "0".repeat(DIGITS))
}

/// The names of the secrets that stand in a text: what a task asks for in `requires`.
#[must_use]
pub fn names_in(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices(LEAD) {
        let rest = &text[at + LEAD.len()..];
        let word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
        let end = rest.find(|letter| !word(letter)).unwrap_or(rest.len());
        // What follows the digits may be a letter too, so the first run of digits behind a dash is taken.
        let found = rest[..end].match_indices('-').find_map(|(dash, _)| {
            let digits = rest.get(dash + 1..dash + 1 + DIGITS)?;
            digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')).then(|| rest[..dash].to_owned())
        });
        names.extend(found.filter(|name| !name.is_empty() && !names.contains(name)));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDLE: &str = "infra-secret-DB-PASS_1-0123456789abcdef0123456789abcdef";

    #[test]
    fn a_handle_is_found_within_a_text() {
        assert_eq!(names_in(&format!("postgres://u:{HANDLE}@h/{HANDLE}")), ["DB-PASS_1"]);
        assert!(names_in("infra-secret-x infra-secret--0123").is_empty());
    }

    #[test]
    fn a_header_names_its_secret() {
        let secret = Secret::try_from(HANDLE.to_owned()).unwrap();
        let request = crate::http::get("https://a.test").bearer(&secret).secret_header("x-key", &secret);
        assert_eq!(request.headers[0].1, format!("Bearer {HANDLE}"));
        assert_eq!(request.headers[1], ("x-key".to_owned(), HANDLE.to_owned()));
        let basic = crate::http::get("https://a.test").basic("me", &secret);
        assert!(basic.headers[0].1.starts_with("Basic bWU6aW5mcmEtc2VjcmV0LURC"), "{basic:?}");
    }

    #[test]
    fn a_secret_is_no_text() {
        let secret: Secret = serde_json::from_value(HANDLE.into()).unwrap();
        assert_eq!((secret.name(), format!("{secret:?}").as_str()), ("DB-PASS_1", "Secret(DB-PASS_1)"));
        for text in ["hunter2", "", &format!("{HANDLE}x"), &format!("x{HANDLE}")] {
            let error = serde_json::from_value::<Secret>((*text).into()).unwrap_err().to_string();
            assert!(error.contains("${secrets.NAME}") && (text.is_empty() || !error.contains(text)), "{error}");
        }
    }
}
