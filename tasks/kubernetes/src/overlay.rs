//! Manifests that are laid over others.

use crate::manifests::Manifest;
use infra::kubernetes::Target;
use serde_json::{Map, Value};

/// Lays objects over those with the same kind, namespace and name; others are added. A map is laid over a map key by key, and `null` takes a
/// key away, as in a JSON merge patch. Lists whose items have names, as containers and ports, are matched by them; any other list replaces.
pub(crate) fn lay(base: &mut Vec<Manifest>, over: Vec<Manifest>) {
    for manifest in over {
        let target = Target::of(&manifest.object);
        match base.iter_mut().find(|one| Target::of(&one.object) == target) {
            Some(below) => merge(&mut below.object, manifest.object),
            None => base.push(manifest),
        }
    }
}

fn merge(below: &mut Value, above: Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                if value.is_null() {
                    below.remove(&key);
                } else {
                    merge(below.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        (Value::Array(below), Value::Array(above)) if all_named(below) && all_named(&above) => {
            for item in above {
                match below.iter_mut().find(|one| one["name"] == item["name"]) {
                    Some(one) => merge(one, item),
                    None => below.push(item),
                }
            }
        }
        (below, above) => *below = without_nulls(above),
    }
}

fn all_named(items: &[Value]) -> bool {
    !items.is_empty() && items.iter().all(|item| item.get("name").is_some_and(Value::is_string))
}

/// What takes a key away where there is none adds nothing.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key, without_nulls(value)));
            Value::Object(kept.collect::<Map<String, Value>>())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn laid(below: Value, above: Value) -> Value {
        let mut below = below;
        merge(&mut below, above);
        below
    }

    #[test]
    fn maps_are_laid_over_maps_and_named_items_over_their_like() {
        let below = json!({ "spec": { "replicas": 1, "claims": [1], "containers": [{ "name": "a", "image": "a:1" }, { "name": "b", "image": "b:1" }] } });
        let above = json!({ "spec": { "replicas": 3, "claims": null, "none": null, "containers": [{ "name": "b", "image": "b:2" }, { "name": "c" }] } });
        let expected = json!({ "spec": { "replicas": 3, "containers": [{ "name": "a", "image": "a:1" }, { "name": "b", "image": "b:2" }, { "name": "c" }] } });
        assert_eq!(laid(below, above), expected);
        assert_eq!(laid(json!({ "args": ["a", "b"] }), json!({ "args": ["c"] })), json!({ "args": ["c"] }));
        assert_eq!(laid(json!({ "a": 1 }), json!({ "a": { "b": null, "c": 1 } })), json!({ "a": { "c": 1 } }));
    }

    #[test]
    fn another_name_is_another_object() {
        let manifest = |name: &str, size: u32| Manifest {
            path: String::new(),
            line: 1,
            object: json!({ "kind": "A", "metadata": { "name": name }, "size": size }),
        };
        let mut base = vec![manifest("a", 1)];
        lay(&mut base, vec![manifest("a", 2), manifest("b", 3)]);
        assert_eq!(base.iter().map(|one| one.object["size"].clone()).collect::<Vec<_>>(), [json!(2), json!(3)]);
    }
}
