use std::borrow::Cow;
use std::sync::{Arc, RwLock};

/// Knows the secrets of a run, and takes them out of everything that is shown or kept.
#[derive(Clone, Debug, Default)]
pub struct Masker(Arc<RwLock<Vec<String>>>);

/// What stands in a secret's place.
const MASK: &str = "***";

impl Masker {
    /// Adds a secret. Values of fewer than four characters are not masked: they would blot out everything.
    pub fn add(&self, secret: &str) {
        if secret.len() >= 4
            && let Ok(mut secrets) = self.0.write()
        {
            secrets.push(secret.to_owned());
            // The longest first, so that a secret within another leaves nothing of the longer one.
            secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }

    /// The text without secrets.
    #[must_use]
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Ok(secrets) = self.0.read() else { return Cow::Borrowed(MASK) };
        secrets.iter().filter(|secret| !secret.is_empty()).fold(Cow::Borrowed(text), |text, secret| {
            if text.contains(secret.as_str()) { Cow::Owned(text.replace(secret.as_str(), MASK)) } else { text }
        })
    }

    /// JSON without secrets in its texts.
    #[must_use]
    pub fn mask_json(&self, mut json: serde_json::Value) -> serde_json::Value {
        self.walk(&mut json);
        json
    }

    fn walk(&self, json: &mut serde_json::Value) {
        match json {
            serde_json::Value::String(text) => {
                if let Cow::Owned(masked) = self.mask(text) {
                    *text = masked;
                }
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| self.walk(item)),
            serde_json::Value::Object(map) => map.values_mut().for_each(|value| self.walk(value)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out() {
        let masker = Masker::default();
        masker.add("hunter2");
        masker.add("hunter2-long");
        masker.add("ab");
        assert_eq!(masker.mask("x hunter2-long y hunter2 ab"), "x *** y *** ab");
        assert_eq!(masker.mask_json(serde_json::json!({ "a": ["hunter2"] })), serde_json::json!({ "a": ["***"] }));
    }
}
