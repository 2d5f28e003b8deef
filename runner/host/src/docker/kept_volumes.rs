use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Volumes without a name that outlived a container which this run removed: whoever might remove it may mount them again. Nothing on the
/// volumes themselves says whose they are.
#[derive(Debug, Default)]
pub(super) struct KeptVolumes(Mutex<BTreeSet<String>>);

impl KeptVolumes {
    /// Remembers those of a container's inspection.
    pub(super) fn remember(&self, inspection: &Value) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(anonymous_volumes(inspection));
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }
}

/// The volumes without a name that a container's inspection shows, also those that an earlier container had.
pub(super) fn anonymous_volumes(inspection: &Value) -> Vec<String> {
    let mounts = inspection.get("Mounts").and_then(Value::as_array).into_iter().flatten();
    let volumes = mounts.filter(|mount| mount.get("Type").and_then(Value::as_str) == Some("volume"));
    let names = volumes.filter_map(|volume| volume.get("Name").and_then(Value::as_str));
    names.filter(|name| is_anonymous(name)).map(str::to_owned).collect()
}

/// The name that the daemon makes up.
fn is_anonymous(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_volumes_without_a_name_are_remembered() {
        let (kept, name) = (KeptVolumes::default(), "ab".repeat(32));
        let mount = |kind: &str, name: &str| json!({ "Type": kind, "Name": name });
        kept.remember(
            &json!({ "Mounts": [mount("volume", &name), mount("volume", "data"), { "Type": "bind", "Source": "/x" }] }),
        );
        assert!(kept.has(&name));
        assert!(!kept.has("data") && !kept.has(&"cd".repeat(32)));
    }
}
