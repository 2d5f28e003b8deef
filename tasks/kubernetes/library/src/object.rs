use infra::kubernetes::Target;
use serde_json::Value;

/// An object for people: `Deployment shop/web`.
#[must_use]
pub fn shown(target: &Target) -> String {
    match &target.namespace {
        Some(namespace) => format!("{} {namespace}/{}", target.kind, target.name),
        None => format!("{} {}", target.kind, target.name),
    }
}

/// Text at a place of an object; empty where there is none.
#[must_use]
pub fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
