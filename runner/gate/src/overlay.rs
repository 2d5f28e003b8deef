use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// What a plan would make and remove, so that what follows in the plan sees it.
#[derive(Debug, Default)]
pub struct Overlay(Mutex<BTreeMap<(String, String), Planned>>);

/// How a planned object is.
#[derive(Clone, Debug, PartialEq)]
pub enum Planned {
    /// It would be there, like this.
    Present(Value),
    /// It would be gone.
    Absent,
}

impl Overlay {
    /// The planned state of an object, if the plan touches it: `family` is `container`, `image`, `file` and so on.
    #[must_use]
    pub fn get(&self, family: &str, name: &str) -> Option<Planned> {
        self.0.lock().ok()?.get(&(family.to_owned(), name.to_owned())).cloned()
    }

    /// Plans an object's state.
    pub fn set(&self, family: &str, name: &str, planned: Planned) {
        if let Ok(mut objects) = self.0.lock() {
            objects.insert((family.to_owned(), name.to_owned()), planned);
        }
    }

    /// All that is planned of a family, by name.
    #[must_use]
    pub fn all(&self, family: &str) -> Vec<(String, Planned)> {
        let Ok(objects) = self.0.lock() else { return vec![] };
        objects
            .iter()
            .filter(|((kind, _), _)| kind == family)
            .map(|((_, name), planned)| (name.clone(), planned.clone()))
            .collect()
    }
}
