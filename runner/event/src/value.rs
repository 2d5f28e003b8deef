use crate::SecretHandle;
use serde_json::{Map, Value as Json};

/// A value of a parameter, an argument or an output: JSON, or something that JSON cannot hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Plain JSON.
    Json(Json),
    /// A list with at least one element that is not plain JSON.
    List(Vec<Value>),
    /// A table with at least one value that is not plain JSON.
    Table(Vec<(String, Value)>),
    /// In a plan: known only when what it comes from has run.
    Unknown {
        /// What it comes from: `needs.cluster.context`.
        origin: String,
    },
    /// A secret, redeemed on the host's side only.
    Secret(SecretHandle),
}

impl Value {
    /// What is not known in this value, if anything: the origin of the first unknown.
    #[must_use]
    pub fn unknown(&self) -> Option<&str> {
        match self {
            Self::Json(_) | Self::Secret(_) => None,
            Self::List(items) => items.iter().find_map(Self::unknown),
            Self::Table(entries) => entries.iter().find_map(|(_, value)| value.unknown()),
            Self::Unknown { origin } => Some(origin),
        }
    }

    /// The value as JSON. A secret becomes its handle, an unknown `{"$unknown": ORIGIN}`.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Json(json) => json.clone(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Table(entries) => Json::Object(entries.iter().map(|(key, value)| (key.clone(), value.to_json())).collect()),
            Self::Unknown { origin } => Json::Object(Map::from_iter([("$unknown".to_owned(), Json::String(origin.clone()))])),
            Self::Secret(handle) => Json::String(handle.as_str().to_owned()),
        }
    }
}

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        Self::Json(json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_is_found_at_any_depth() {
        let origin = "needs.cluster.context".to_owned();
        let value = Value::Table(vec![("a".into(), Value::List(vec![Value::Unknown { origin }]))]);
        assert_eq!(value.unknown(), Some("needs.cluster.context"));
        assert_eq!(value.to_json(), serde_json::json!({ "a": [{ "$unknown": "needs.cluster.context" }] }));
        assert_eq!(Value::Json(Json::Null).unknown(), None);
    }
}
