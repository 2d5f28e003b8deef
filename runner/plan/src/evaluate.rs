use crate::Expression;
use crate::expression::Part;
use infra_event::{StepId, Value};
use infra_infrafile::Format;
use serde_json::Value as Json;

/// What a step has left for others.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Its result.
    Known(Json),
    /// In a plan: known only when it has run.
    Unknown,
    /// It was not done, so it has none.
    None,
}

/// Knows the outputs of the steps that have ended.
pub trait Outputs {
    /// The output of a step.
    fn output(&self, step: StepId) -> Output;
}

/// Why a step's arguments cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// The output has no such field.
    #[error("`${{{origin}}}` does not exist: the output of the task has no `{field}`; it has {known}")]
    NoField {
        /// The reference.
        origin: String,
        /// The missing field.
        field: String,
        /// What is there.
        known: String,
    },
    /// The task was skipped.
    #[error("`${{{origin}}}` does not exist: the task was not done")]
    NoOutput {
        /// The reference.
        origin: String,
    },
    /// A list or table stands inside a text.
    #[error("`${{{origin}}}` is a {kind} inside a text: write `${{{origin}:csv}}` or `${{{origin}:json}}`")]
    NotText {
        /// The reference.
        origin: String,
        /// `list` or `table`.
        kind: &'static str,
    },
    /// The output is no value of the parameter.
    #[error("{message}")]
    Param {
        /// What is wrong with it.
        message: String,
    },
    /// A text is needed to start anything, and is not known yet.
    #[error("`${{{origin}}}` is known only when its task has run")]
    Unknown {
        /// The reference.
        origin: String,
    },
}

impl Expression {
    /// The value with the outputs in it.
    ///
    /// # Errors
    /// When an output does not have what a reference names.
    pub fn evaluate(&self, outputs: &dyn Outputs) -> Result<Value, EvaluateError> {
        Ok(match self {
            Self::Literal(json) => Value::Json(json.clone()),
            Self::Output { steps, rows, fields, origin } => {
                let one = |step: &StepId| output(outputs.output(*step), fields, origin);
                match (rows, steps.as_slice()) {
                    (false, [step]) => one(step)?,
                    (false, []) => return Err(EvaluateError::NoOutput { origin: origin.clone() }),
                    // A row that was not done leaves no gap.
                    _ => {
                        let done = steps.iter().filter(|step| outputs.output(**step) != Output::None);
                        simplify_list(done.map(one).collect::<Result<_, _>>()?)
                    }
                }
            }
            Self::Secret { handle, .. } => Value::Secret(handle.clone()),
            Self::Text(parts) => text(parts, outputs)?,
            Self::List(items) => simplify_list(items.iter().map(|item| item.evaluate(outputs)).collect::<Result<_, _>>()?),
            Self::Table(entries) => {
                let mut values = Vec::new();
                for (key, value) in entries {
                    values.push((key.clone(), value.evaluate(outputs)?));
                }
                if values.iter().all(|(_, value)| matches!(value, Value::Json(_))) {
                    Value::Json(Json::Object(values.into_iter().map(|(key, value)| (key, value.to_json())).collect()))
                } else {
                    Value::Table(values)
                }
            }
        })
    }

    /// The value as text.
    ///
    /// # Errors
    /// As [`Expression::evaluate`]; and when it is not known, or is a list or a table.
    pub fn text(&self, outputs: &dyn Outputs) -> Result<String, EvaluateError> {
        match self.evaluate(outputs)? {
            Value::Json(json) => scalar(&json, None, "value"),
            Value::Secret(handle) => Ok(handle.as_str().to_owned()),
            Value::Unknown { origin } => Err(EvaluateError::Unknown { origin }),
            other => match other.unknown() {
                Some(origin) => Err(EvaluateError::Unknown { origin: origin.to_owned() }),
                None => Err(EvaluateError::NotText { origin: "value".to_owned(), kind: "list" }),
            },
        }
    }
}

fn simplify_list(values: Vec<Value>) -> Value {
    if values.iter().all(|value| matches!(value, Value::Json(_))) {
        Value::Json(values.iter().map(Value::to_json).collect())
    } else {
        Value::List(values)
    }
}

fn output(output: Output, fields: &[String], origin: &str) -> Result<Value, EvaluateError> {
    let json = match output {
        Output::Known(json) => json,
        Output::Unknown => return Ok(Value::Unknown { origin: origin.to_owned() }),
        Output::None => return Err(EvaluateError::NoOutput { origin: origin.to_owned() }),
    };
    let mut found = &json;
    for field in fields {
        let next = match found {
            Json::Array(items) => field.parse::<usize>().ok().and_then(|index| items.get(index)),
            other => other.get(field),
        };
        found =
            next.ok_or_else(|| EvaluateError::NoField { origin: origin.to_owned(), field: field.clone(), known: known(found) })?;
    }
    Ok(Value::Json(found.clone()))
}

fn known(value: &Json) -> String {
    match value {
        Json::Object(map) if map.is_empty() => "no fields".to_owned(),
        Json::Object(map) => map.keys().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", "),
        Json::Array(items) => format!("{} elements", items.len()),
        _ => "no fields: it is not a table".to_owned(),
    }
}

fn text(parts: &[Part], outputs: &dyn Outputs) -> Result<Value, EvaluateError> {
    let mut text = String::new();
    for part in parts {
        match part.value.evaluate(outputs)? {
            Value::Json(json) => text.push_str(&scalar(&json, part.format, &part.origin)?),
            Value::Secret(handle) => text.push_str(handle.as_str()),
            value => {
                let origin = value.unknown().unwrap_or(&part.origin).to_owned();
                return Ok(Value::Unknown { origin });
            }
        }
    }
    Ok(Value::Json(Json::String(text)))
}

/// A value inside a text.
pub(crate) fn scalar(json: &Json, format: Option<Format>, origin: &str) -> Result<String, EvaluateError> {
    let not_text = |kind| EvaluateError::NotText { origin: origin.to_owned(), kind };
    Ok(match (json, format) {
        (json, Some(Format::Json)) => json.to_string(),
        (Json::Array(items), Some(Format::Csv)) => {
            items.iter().map(|item| scalar(item, None, origin)).collect::<Result<Vec<_>, _>>()?.join(",")
        }
        (Json::String(text), _) => text.clone(),
        (Json::Null, _) => String::new(),
        (Json::Bool(_) | Json::Number(_), _) => json.to_string(),
        (Json::Array(_), None) => return Err(not_text("list")),
        (Json::Object(_), _) => return Err(not_text("table")),
    })
}
