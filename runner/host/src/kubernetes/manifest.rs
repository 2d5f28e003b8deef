use super::resource::{check_name, check_namespace};
use infra_event::{ErrorCode, TaskError};
use infra_yaml::{Document, documents};
use serde_json::Value;
use std::collections::HashSet;

/// An object of a manifest, before anyone knows its kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Manifest {
    /// Where it begins.
    pub(super) line: usize,
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    pub(super) object: Value,
}

impl Manifest {
    /// Whether it is of this kind, in any version.
    pub(super) fn is(&self, group: &str, kind: &str) -> bool {
        super::resource::split_api_version(&self.api_version).0 == group && self.kind == kind
    }
}

/// The objects of a text, in its order; lists are taken apart.
pub(super) fn read(text: &str) -> Result<Vec<Manifest>, TaskError> {
    let mut found = Vec::new();
    let parsed = documents(text).map_err(|error| wrong(error.line, &error.message, "correct the YAML"))?;
    for Document { line, value } in parsed {
        take(line, value, &mut found)?;
    }
    let mut seen = HashSet::new();
    for manifest in &found {
        let group = super::resource::split_api_version(&manifest.api_version).0;
        if !seen.insert((group, &manifest.kind, &manifest.namespace, &manifest.name)) {
            let what = format!("{} `{}` stands twice in the manifest", manifest.kind, manifest.name);
            return Err(wrong(manifest.line, &what, "leave one of them out"));
        }
    }
    Ok(found)
}

fn take(line: usize, mut object: Value, found: &mut Vec<Manifest>) -> Result<(), TaskError> {
    if !object.is_object() {
        return Err(wrong(line, "this is no object", "an object has `apiVersion`, `kind` and `metadata`"));
    }
    let Some(kind) = text(&object, "/kind") else {
        return Err(wrong(line, "an object has no `kind`", "add it, as `kind: Deployment`"));
    };
    if kind.ends_with("List")
        && let Some(items) = object.get_mut("items").and_then(Value::as_array_mut)
    {
        return std::mem::take(items).into_iter().try_for_each(|item| take(line, item, found));
    }
    let Some(api_version) = text(&object, "/apiVersion") else {
        return Err(wrong(line, &format!("a {kind} has no `apiVersion`"), "add it, as `apiVersion: v1`"));
    };
    let Some(name) = text(&object, "/metadata/name") else {
        let hint = match text(&object, "/metadata/generateName") {
            Some(_) => "`generateName` makes another object each time; give it a name, or run it as a job",
            None => "add `metadata.name`",
        };
        return Err(wrong(line, &format!("a {kind} has no name"), hint));
    };
    check_name(&kind, &name)?;
    let namespace = text(&object, "/metadata/namespace");
    if let Some(namespace) = &namespace {
        check_namespace(namespace)?;
    }
    // What the server says about an object is not what is wanted of it.
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in ["managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink"] {
            metadata.remove(field);
        }
    }
    found.push(Manifest { line, api_version, kind, namespace, name, object });
    Ok(())
}

fn text(object: &Value, pointer: &str) -> Option<String> {
    object.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn wrong(line: usize, what: &str, hint: &str) -> TaskError {
    TaskError::new(ErrorCode::INVALID, format!("line {line} of the manifest: {what}")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        read(text).unwrap_err().message
    }

    #[test]
    fn lists_are_taken_apart() {
        let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: n, uid: x}}\n- {apiVersion: v1, kind: Pod, metadata: {name: b}}\n";
        let found = read(text).unwrap();
        assert_eq!(found.iter().map(|manifest| manifest.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(found[0].namespace.as_deref(), Some("n"));
        assert!(found[0].object["metadata"].get("uid").is_none());
    }

    #[test]
    fn what_is_no_object_is_told_with_its_line() {
        assert_eq!(message("a: 1\n---\n- 1\n"), "line 1 of the manifest: an object has no `kind`");
        assert_eq!(message("kind: Pod\n"), "line 1 of the manifest: a Pod has no `apiVersion`");
        assert_eq!(
            message("---\nkind: Job\napiVersion: batch/v1\nmetadata: {generateName: x}\n"),
            "line 2 of the manifest: a Job has no name"
        );
        let pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";
        assert_eq!(message(&pod.repeat(2)), "line 6 of the manifest: Pod `a` stands twice in the manifest");
        assert!(message("apiVersion: v1\nkind: Pod\nmetadata: {name: a/b}\n").contains("no name of a Pod"));
    }
}
