use crate::manifests::{pod_spec, pod_spec_place};
use serde_json::Value;
use std::collections::BTreeMap;

/// Gives containers other images: by the name without a tag, or by the name as it stands.
pub(crate) fn rename(object: &mut Value, images: &BTreeMap<String, String>) {
    if images.is_empty() || pod_spec(object).is_none() {
        return;
    }
    let place = pod_spec_place(object);
    for list in ["initContainers", "containers"] {
        let containers = object.pointer_mut(&format!("{place}/{list}")).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            let Some(image) = container["image"].as_str() else { continue };
            if let Some(other) = images.get(image).or_else(|| images.get(without_tag(image))) {
                container["image"] = Value::from(other.as_str());
            }
        }
    }
}

/// `registry:5000/web:1` is `registry:5000/web`.
fn without_tag(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}
