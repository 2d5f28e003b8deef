use crate::{Error, Result};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The parameters of a task: what an Infrafile's `with` sets. Derive it.
pub trait Params: Sized {
    /// The JSON Schema of the parameters.
    const SCHEMA: &'static str;

    /// Reads the arguments of a call.
    ///
    /// # Errors
    /// `invalid` for an unknown, missing or wrong argument.
    fn from_json(json: Value) -> Result<Self>;
}

/// No parameters.
impl Params for () {
    const SCHEMA: &'static str = r#"{"type":"object","properties":{},"additionalProperties":false}"#;

    fn from_json(json: Value) -> Result<Self> {
        Arguments::new(json)?.finish(&[])
    }
}

/// The arguments of a call, taken one by one. The derive macro's code uses it.
#[derive(Debug)]
pub struct Arguments(Map<String, Value>);

impl Arguments {
    /// # Errors
    /// `invalid` unless the arguments are a table.
    pub fn new(json: Value) -> Result<Self> {
        match json {
            Value::Object(map) => Ok(Self(map)),
            Value::Null => Ok(Self(Map::new())),
            other => Err(Error::new("invalid", format!("the arguments must be a table, not {other}"))),
        }
    }

    /// Takes the argument `name`, if it is there and not null.
    ///
    /// # Errors
    /// `invalid` when it has the wrong type.
    pub fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value).map(Some).map_err(|error| {
                Error::new("invalid", format!("`{name}`: {error}")).hint("see `infra inspect` for the task's parameters")
            }),
        }
    }

    /// Takes the argument `name`, which must be there.
    ///
    /// # Errors
    /// `invalid` when it is missing or has the wrong type.
    pub fn take_required<T: DeserializeOwned>(&mut self, name: &str) -> Result<T> {
        self.take(name)?.ok_or_else(|| Error::new("invalid", format!("`{name}` is missing: set it in the task's `with`")))
    }

    /// Refuses what was not taken.
    ///
    /// # Errors
    /// `invalid` with the name of an unknown argument and the known ones.
    pub fn finish(self, known: &[&str]) -> Result<()> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => {
                let known = if known.is_empty() { "it takes none".to_owned() } else { format!("known are {}", known.join(", ")) };
                Err(Error::new("invalid", format!("the task has no parameter `{name}`: {known}")))
            }
        }
    }
}
