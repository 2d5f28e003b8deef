use infra_event::{SecretHandle, StepId};
use infra_infrafile::Format;
use serde_json::Value as Json;

/// A value that may depend on the outputs of earlier steps.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// Known.
    Literal(Json),
    /// The output of a step, or a part of it.
    Output {
        /// The steps: one, or one for each row of a matrix.
        steps: Vec<StepId>,
        /// Whether the task has a matrix: the value is a list then.
        rows: bool,
        /// The path into the output.
        fields: Vec<String>,
        /// As it is written: `needs.cluster.context`.
        origin: String,
    },
    /// A secret, which stays one.
    Secret {
        /// Its name.
        name: String,
        /// What stands for it.
        handle: SecretHandle,
    },
    /// Text made of parts.
    Text(Vec<Part>),
    /// A list.
    List(Vec<Expression>),
    /// A table.
    Table(Vec<(String, Expression)>),
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The value.
    pub value: Expression,
    /// How a list or a table becomes text.
    pub format: Option<Format>,
    /// As it is written, for errors.
    pub origin: String,
}

impl Expression {
    /// The value, where nothing in it is unknown.
    #[must_use]
    pub fn literal(&self) -> Option<Json> {
        match self {
            Self::Literal(json) => Some(json.clone()),
            Self::Output { .. } | Self::Secret { .. } | Self::Text(_) => None,
            Self::List(items) => items.iter().map(Self::literal).collect::<Option<Vec<_>>>().map(Json::Array),
            Self::Table(entries) => entries
                .iter()
                .map(|(key, value)| Some((key.clone(), value.literal()?)))
                .collect::<Option<serde_json::Map<_, _>>>()
                .map(Json::Object),
        }
    }

    /// The names of the secrets in it.
    pub(crate) fn secrets(&self) -> Vec<&str> {
        match self {
            Self::Literal(_) | Self::Output { .. } => vec![],
            Self::Secret { name, .. } => vec![name],
            Self::Text(parts) => parts.iter().flat_map(|part| part.value.secrets()).collect(),
            Self::List(items) => items.iter().flat_map(Self::secrets).collect(),
            Self::Table(entries) => entries.iter().flat_map(|(_, value)| value.secrets()).collect(),
        }
    }

    /// Puts the entries of a table into this one; the newer wins.
    pub(crate) fn merge(&mut self, newer: Vec<(String, Self)>) {
        if newer.is_empty() {
            return;
        }
        if let Self::Literal(Json::Object(map)) = self {
            *self = Self::Table(map.iter().map(|(key, value)| (key.clone(), Self::Literal(value.clone()))).collect());
        }
        if let Self::Table(entries) = self {
            for (key, value) in newer {
                match entries.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, old)) => *old = value,
                    None => entries.push((key, value)),
                }
            }
        }
    }
}
