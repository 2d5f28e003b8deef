use crate::Seal;
use crate::certificate::Certificate;
use crate::scope::Scope;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// When a file was sealed, and for which certificate.
pub(crate) const SEALED_AT: &str = "infra.dev/sealed-at";
pub(crate) const CERTIFICATE: &str = "infra.dev/certificate";

/// The object that the controller unseals.
pub(crate) fn object(
    params: &Seal,
    name: &str,
    namespace: &str,
    scope: Scope,
    certificate: &Certificate,
    encrypted: &BTreeMap<String, String>,
) -> Value {
    let mut annotations = Map::new();
    if let Some(annotation) = scope.annotation() {
        annotations.insert(annotation.to_owned(), json!("true"));
    }
    let mut own = annotations.clone();
    own.insert(SEALED_AT.to_owned(), json!(now()));
    own.insert(CERTIFICATE.to_owned(), json!(certificate.fingerprint));
    let mut template = json!({ "metadata": { "name": name, "namespace": namespace }, "type": params.kind });
    if !annotations.is_empty() {
        template["metadata"]["annotations"] = Value::Object(annotations);
    }
    if !params.labels.is_empty() {
        template["metadata"]["labels"] = json!(params.labels);
    }
    json!({
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
        "metadata": { "name": name, "namespace": namespace, "annotations": own },
        "spec": { "encryptedData": encrypted, "template": template },
    })
}

/// RFC 3339.
fn now() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    infra_cluster::in_words(seconds)
}

/// As YAML.
pub(crate) fn text(object: &Value) -> String {
    let mut text = String::new();
    write(&mut text, object, 0);
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    for (key, value) in value.as_object().into_iter().flatten() {
        let indent = "  ".repeat(depth);
        let key = if key.bytes().all(|byte| byte.is_ascii_alphabetic()) { key.clone() } else { json!(key).to_string() };
        match value {
            Value::Object(_) => {
                let _ = writeln!(text, "{indent}{key}:");
                write(text, value, depth + 1);
            }
            value => {
                let _ = writeln!(text, "{indent}{key}: {value}");
            }
        }
    }
}
