use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use infra_gate::{Overlay, Planned};
use serde_json::Value;

const FAMILY: &str = "file";

/// What a plan says about a file: nothing, that it is gone, or its content.
pub(super) fn content(overlay: &Overlay, path: &str) -> Option<Option<Vec<u8>>> {
    match overlay.get(FAMILY, path)? {
        Planned::Present(Value::String(text)) => Some(STANDARD.decode(text).ok()),
        Planned::Present(_) => None,
        Planned::Absent => Some(None),
    }
}

pub(super) fn write(overlay: &Overlay, path: &str, content: &[u8]) {
    overlay.set(FAMILY, path, Planned::Present(Value::String(STANDARD.encode(content))));
}

pub(super) fn remove(overlay: &Overlay, path: &str) {
    overlay.set(FAMILY, path, Planned::Absent);
}

/// Adds and removes the names of a directory that a plan makes and removes.
pub(super) fn merge_names(overlay: &Overlay, directory: &str, names: &mut Vec<String>) {
    for (path, planned) in overlay.all(FAMILY) {
        let (parent, name) = path.rsplit_once('/').unwrap_or((".", &path));
        if parent != directory {
            continue;
        }
        match planned {
            Planned::Present(_) => names.push(name.to_owned()),
            Planned::Absent => names.retain(|known| known != name),
        }
    }
    names.sort();
    names.dedup();
}
