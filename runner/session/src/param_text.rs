use infra_infrafile::{Param, ParamKind};
use serde_json::Value;

/// The word for the kind of a parameter, as `type` says it.
pub(crate) fn kind(param: &Param) -> &'static str {
    match param.kind {
        ParamKind::String => "string",
        ParamKind::Integer => "integer",
        ParamKind::Boolean => "boolean",
        ParamKind::List => "list",
    }
}

/// A value as it is written on the command line.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// The same where nothing must not look like nothing.
pub(crate) fn value(value: &Value) -> String {
    let text = plain(value);
    if text.is_empty() { "empty".to_owned() } else { text }
}

/// `local|aws`
pub(crate) fn choices(param: &Param) -> String {
    param.choices.iter().map(plain).collect::<Vec<_>>().join("|")
}
