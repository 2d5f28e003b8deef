use crate::Digest;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What every handle begins with.
const LEAD: &str = "infra-secret-";

/// Stands for a secret wherever its text must not be: a text that only the runner can exchange for it, and that nobody can guess who does not
/// know the key. It is the same in each run, so what is made with it is not made anew.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHandle(String);

impl SecretHandle {
    /// The handle of the secret with this name.
    #[must_use]
    pub fn new(name: &str, key: &[u8]) -> Self {
        let mut digits = Digest::of(&[key, b"\0", name.as_bytes()].concat()).hex();
        digits.truncate(32);
        Self(format!("{LEAD}{name}-{digits}"))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there may be a handle in a text.
    #[must_use]
    pub fn is_in(text: &[u8]) -> bool {
        text.windows(LEAD.len()).any(|window| window == LEAD.as_bytes())
    }
}

impl fmt::Debug for SecretHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_names_its_secret_and_cannot_be_guessed() {
        let handle = SecretHandle::new("DB_PASSWORD", b"key");
        assert!(handle.as_str().starts_with("infra-secret-DB_PASSWORD-"));
        assert_eq!(handle.as_str().len(), "infra-secret-DB_PASSWORD-".len() + 32);
        assert_eq!(handle, SecretHandle::new("DB_PASSWORD", b"key"));
        assert_ne!(handle, SecretHandle::new("DB_PASSWORD", b"other"));
        assert!(SecretHandle::is_in(format!("x{}y", handle.as_str()).as_bytes()) && !SecretHandle::is_in(b"infra secret"));
    }
}
