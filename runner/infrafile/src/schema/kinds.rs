//! Kinds of values.

use serde_json::{Map, Value as Json, json};

/// A table with these keys and no others.
pub(super) fn table(about: &str, keys: Vec<(&str, Json)>, required: &[&str]) -> Json {
    let properties: Map<String, Json> = keys.into_iter().map(|(key, schema)| (key.to_owned(), schema)).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    described(schema, about)
}

fn described(mut schema: Json, about: &str) -> Json {
    if !about.is_empty() {
        schema["description"] = json!(about);
    }
    schema
}

pub(super) fn text(about: &str) -> Json {
    described(json!({ "type": "string" }), about)
}

pub(super) fn texts(about: &str) -> Json {
    list_of(about, json!({ "type": "string" }))
}

pub(super) fn flag(about: &str) -> Json {
    described(json!({ "type": "boolean" }), about)
}

pub(super) fn number(about: &str, least: u64) -> Json {
    described(json!({ "type": "integer", "minimum": least }), about)
}

pub(super) fn scalar() -> Json {
    json!({ "type": ["string", "integer", "number", "boolean"] })
}

pub(super) fn value(about: &str) -> Json {
    described(json!({ "type": ["string", "integer", "number", "boolean", "array"] }), about)
}

pub(super) fn one_of<const N: usize>(about: &str, words: [&str; N]) -> Json {
    described(json!({ "enum": words.to_vec() }), about)
}

pub(super) fn list_of(about: &str, items: Json) -> Json {
    described(json!({ "type": "array", "items": items }), about)
}

pub(super) fn map_of(about: &str, values: Json) -> Json {
    described(json!({ "type": "object", "additionalProperties": values }), about)
}

pub(super) fn reference(name: &str, about: &str) -> Json {
    described(json!({ "$ref": format!("#/$defs/{name}") }), about)
}
