use super::secret::MASK;
use serde::Serialize;
use serde_json::Value;

/// Fields of the metadata that only the server sets.
const SERVERS: [&str; 7] =
    ["managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink", "deletionTimestamp"];
/// Fields that are told at most.
const MOST: usize = 200;

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct FieldChange {
    /// As `spec.template.spec.containers[web].image`.
    pub(super) field: String,
    /// None where it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<Value>,
    /// None where it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<Value>,
}

/// The fields in which two states of an object differ, but for what only the server sets. What a Secret holds is masked.
pub(super) fn differences(before: &Value, after: &Value, secret: bool, with_status: bool) -> Vec<FieldChange> {
    let mut changes = vec![];
    compare("", Some(&wanted(before, with_status)), Some(&wanted(after, with_status)), &mut changes);
    for change in &mut changes {
        let hidden = ["data", "stringData"]
            .iter()
            .any(|field| change.field.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '['])));
        if secret && hidden {
            change.before = change.before.take().map(|_| Value::from(MASK));
            change.after = change.after.take().map(|_| Value::from(MASK));
        }
    }
    changes.truncate(MOST);
    changes
}

/// The object without what the server alone sets.
fn wanted(object: &Value, with_status: bool) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        if !with_status {
            fields.remove("status");
        }
        if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
            SERVERS.iter().for_each(|field| drop(metadata.remove(*field)));
        }
    }
    object
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<FieldChange>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let added = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(added) {
                compare(&below(path, key), one.get(key), other.get(key), changes);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => match (names(one), names(other)) {
            (Some(ours), Some(theirs)) => {
                let added = theirs.iter().filter(|name| !ours.contains(name));
                for name in ours.iter().chain(added) {
                    let item =
                        |names: &[&str], items: &'_ [Value]| names.iter().position(|one| one == name).map(|at| items[at].clone());
                    let (before, after) = (item(&ours, one), item(&theirs, other));
                    compare(&format!("{path}[{name}]"), before.as_ref(), after.as_ref(), changes);
                }
            }
            _ if one.len() == other.len() => {
                for (index, (before, after)) in one.iter().zip(other).enumerate() {
                    compare(&format!("{path}[{index}]"), Some(before), Some(after), changes);
                }
            }
            _ => changes.push(change(path, before, after)),
        },
        _ => changes.push(change(path, before, after)),
    }
}

fn change(path: &str, before: Option<&Value>, after: Option<&Value>) -> FieldChange {
    FieldChange { field: path.to_owned(), before: before.cloned(), after: after.cloned() }
}

fn below(path: &str, key: &str) -> String {
    match (path.is_empty(), key.contains(['.', '/'])) {
        (_, true) => format!("{path}[{key}]"),
        (true, false) => key.to_owned(),
        (false, false) => format!("{path}.{key}"),
    }
}

/// The names of a list's items, where each has one of its own.
fn names(items: &[Value]) -> Option<Vec<&str>> {
    let names: Vec<&str> = items.iter().map(|item| item.get("name").and_then(Value::as_str)).collect::<Option<_>>()?;
    let all: std::collections::HashSet<&str> = names.iter().copied().collect();
    (all.len() == names.len() && !names.is_empty()).then_some(names)
}

/// A change for people: `spec.replicas 1 → 2`.
pub(super) fn in_words(change: &FieldChange) -> String {
    let short = |value: &Value| {
        let text = value.to_string();
        if text.chars().count() > 60 { format!("{}…", text.chars().take(60).collect::<String>()) } else { text }
    };
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!("{} {} → {}", change.field, short(before), short(after)),
        (None, Some(after)) => format!("{} + {}", change.field, short(after)),
        (Some(before), None) => format!("{} - {}", change.field, short(before)),
        (None, None) => change.field.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lines(before: &Value, after: &Value, secret: bool) -> Vec<String> {
        differences(before, after, secret, false).iter().map(in_words).collect()
    }

    #[test]
    fn each_field_that_differs_is_named() {
        let before = json!({
            "metadata": { "name": "web", "resourceVersion": "1", "annotations": { "a.b/c": "x" } },
            "spec": { "replicas": 1, "containers": [{ "name": "web", "image": "a:1" }, { "name": "log" }], "args": ["a", "b"], "old": true },
            "status": { "ready": 1 },
        });
        let after = json!({
            "metadata": { "name": "web", "resourceVersion": "2", "annotations": { "a.b/c": "y" } },
            "spec": { "replicas": 2, "containers": [{ "name": "new" }, { "name": "web", "image": "a:2" }, { "name": "log" }], "args": ["a", "c"] },
            "status": { "ready": 2 },
        });
        let expected = [
            r#"metadata.annotations[a.b/c] "x" → "y""#,
            "spec.replicas 1 → 2",
            r#"spec.containers[web].image "a:1" → "a:2""#,
            r#"spec.containers[new] + {"name":"new"}"#,
            r#"spec.args[1] "b" → "c""#,
            "spec.old - true",
        ];
        assert_eq!(lines(&before, &after, false), expected);
        assert!(lines(&after, &after, false).is_empty());
    }

    #[test]
    fn what_a_secret_holds_is_not_told() {
        let before = json!({ "data": { "password": "b2xk", "same": "eA==" }, "type": "Opaque" });
        let after = json!({ "data": { "password": "bmV3", "same": "eA==", "more": "eA==" }, "type": "x" });
        assert_eq!(
            lines(&before, &after, true),
            [r#"data.password "***" → "***""#, r#"data.more + "***""#, r#"type "Opaque" → "x""#]
        );
        assert_eq!(lines(&json!({}), &json!({ "data": { "a": "eA==" } }), true), [r#"data + "***""#]);
    }
}
