use crate::MaskStream;
use crate::mask_search::{MASK, MaskSearch};
use crate::secret_forms::{SHORTEST, secret_forms};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// Knows the secrets of a run, and takes them out of everything that is shown or kept.
#[derive(Clone, Default)]
pub struct Masker {
    known: Arc<RwLock<Known>>,
    listener: Arc<OnceLock<Listener>>,
}

/// Hears of each secret.
type Listener = Box<dyn Fn(&str) + Send + Sync>;

#[derive(Default)]
struct Known {
    /// What is replaced, by what.
    texts: BTreeMap<String, String>,
    search: Option<Arc<MaskSearch>>,
    /// Texts were added that the search does not know.
    stale: bool,
}

impl Masker {
    /// Adds a secret, in the forms that programs usually write it in. Values of fewer than four characters are not masked: they would blot out
    /// everything.
    pub fn add(&self, secret: &str) {
        // It is told once.
        let known = |known: &Known| known.texts.get(secret.trim_end_matches(['\r', '\n'])).is_some_and(|shown| shown == MASK);
        if known(&self.known.read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        if let Some(listener) = self.listener.get().filter(|_| secret.len() >= SHORTEST) {
            listener(secret);
        }
        let forms = secret_forms(secret);
        self.learn(forms.into_iter().map(|form| (form, MASK.to_owned())));
    }

    /// Adds a text that stands for a secret, and what people see in its place.
    pub fn name(&self, text: &str, shown: &str) {
        self.learn([(text.to_owned(), shown.to_owned())]);
    }

    fn learn(&self, texts: impl IntoIterator<Item = (String, String)>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for (text, shown) in texts {
            known.stale |= known.texts.insert(text, shown).is_none();
        }
    }

    /// Someone else masks too: it hears of each secret before anything of it is shown. There is one listener.
    pub fn tell(&self, listener: impl Fn(&str) + Send + Sync + 'static) {
        let _ = self.listener.set(Box::new(listener));
    }

    /// The text without secrets.
    #[must_use]
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(search) = self.search().filter(|search| search.finds_any(text.as_bytes())) else { return Cow::Borrowed(text) };
        let mut out = Vec::with_capacity(text.len());
        search.replace(text.as_bytes(), 0, text.len(), &mut out);
        // What is found is text, so what is left is text.
        Cow::Owned(String::from_utf8_lossy(&out).into_owned())
    }

    /// Masks bytes that come in pieces.
    #[must_use]
    pub fn stream(&self) -> MaskStream {
        MaskStream::new(self.clone())
    }

    /// Whether there is nothing to mask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).texts.is_empty()
    }

    pub(crate) fn search(&self) -> Option<Arc<MaskSearch>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if !known.stale {
            return known.search.clone();
        }
        drop(known);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.stale {
            known.search = MaskSearch::new(&known.texts).map(Arc::new);
            known.stale = false;
        }
        known.search.clone()
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
            // A secret of digits alone is a number where a task reads it as one.
            serde_json::Value::Number(number) => {
                if let Cow::Owned(masked) = self.mask(&number.to_string()) {
                    *json = serde_json::Value::String(masked);
                }
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| self.walk(item)),
            serde_json::Value::Object(map) => {
                let masked = |(name, mut value): (String, serde_json::Value)| {
                    self.walk(&mut value);
                    (self.mask(&name).into_owned(), value)
                };
                *map = std::mem::take(map).into_iter().map(masked).collect();
            }
            _ => {}
        }
    }
}

impl fmt::Debug for Masker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Masker")
    }
}

#[cfg(test)]
#[path = "masker_tests.rs"]
mod tests;
