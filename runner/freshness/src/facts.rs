use infra_event::Digest;
use serde_json::Value as Json;

/// All that a step depends on besides files: its component, its arguments, its grants and so on, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(Vec<(String, String)>);

/// What is kept of a value to see whether it is another: values may be secret.
const KEPT: usize = 16;

impl Facts {
    /// Adds a fact.
    pub fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Adds a fact for each entry of a table, or one where it is none.
    pub fn add_each(&mut self, name: &str, value: &Json) {
        match value {
            Json::Object(entries) => {
                for (key, value) in entries {
                    self.add(format!("{name} {key}"), value.to_string());
                }
            }
            other => self.add(name, other.to_string()),
        }
    }

    /// Of all of them.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut all = Vec::with_capacity(1024);
        for text in self.0.iter().flat_map(|(name, value)| [name, value]) {
            all.extend((text.len() as u64).to_le_bytes());
            all.extend(text.as_bytes());
        }
        Digest::of(&all)
    }

    /// Each with a short digest of its value.
    #[must_use]
    pub fn details(&self) -> Vec<(String, String)> {
        let short = |value: &String| Digest::of(value.as_bytes()).hex().chars().take(KEPT).collect();
        self.0.iter().map(|(name, value)| (name.clone(), short(value))).collect()
    }
}
