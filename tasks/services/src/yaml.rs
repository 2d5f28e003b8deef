//! YAML with the line of every value, so that each refusal can name it.

use infra::{Error, Result};
use saphyr::{LoadableYamlNode, MarkedYamlOwned, ScalarOwned, YamlDataOwned};

/// A value and its line, from 1.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) line: usize,
    pub(crate) value: Node,
}

/// The one document of a file.
pub(crate) fn parse(path: &str, text: &str) -> Result<Node> {
    let documents = MarkedYamlOwned::load_from_str(text)
        .map_err(|error| Error::new("invalid", format!("{path}:{}: {}", error.marker().line(), error.info())))?;
    match documents.as_slice() {
        [document] => node(path, document),
        [] => Ok(Node { line: 1, value: Value::Null }),
        _ => Err(Error::new("invalid", format!("{path} holds {} documents; a Compose file is one", documents.len()))),
    }
}

fn node(path: &str, from: &MarkedYamlOwned) -> Result<Node> {
    let line = from.span.start.line();
    let value = match &from.data {
        YamlDataOwned::Value(scalar) => match scalar {
            ScalarOwned::Null => Value::Null,
            ScalarOwned::Boolean(value) => Value::Boolean(*value),
            ScalarOwned::Integer(value) => Value::Integer(*value),
            ScalarOwned::FloatingPoint(value) => Value::Float(value.0),
            ScalarOwned::String(value) => Value::Text(value.clone()),
        },
        YamlDataOwned::Sequence(items) => Value::List(items.iter().map(|item| node(path, item)).collect::<Result<_>>()?),
        YamlDataOwned::Mapping(entries) => {
            let mut map = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                let entry_line = key.span.start.line();
                let key = node(path, key)?.text().ok_or_else(|| at(path, entry_line, "a key must be text"))?;
                map.push(Entry { key, line: entry_line, value: node(path, value)? });
            }
            Value::Map(map)
        }
        YamlDataOwned::Tagged(_, inner) => return node(path, inner),
        YamlDataOwned::Representation(text, ..) => Value::Text(text.clone()),
        YamlDataOwned::Alias(_) | YamlDataOwned::BadValue => return Err(at(path, line, "this value cannot be read")),
    };
    Ok(Node { line, value })
}

impl Node {
    /// A scalar as text, as Compose reads numbers and booleans where it wants text.
    pub(crate) fn text(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) => Some(text.clone()),
            Value::Integer(number) => Some(number.to_string()),
            Value::Float(number) => Some(number.to_string()),
            Value::Boolean(value) => Some(value.to_string()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The entries of a map; none of an empty value.
    pub(crate) fn entries(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            Value::Null => Some(&[]),
            _ => None,
        }
    }

    /// Changes every text below this node.
    pub(crate) fn map_text(&mut self, change: &mut impl FnMut(usize, &str) -> Result<String>) -> Result<()> {
        match &mut self.value {
            Value::Text(text) => {
                let changed = change(self.line, text)?;
                if changed != *text {
                    *text = changed;
                }
                Ok(())
            }
            Value::List(items) => items.iter_mut().try_for_each(|item| item.map_text(change)),
            Value::Map(entries) => entries.iter_mut().try_for_each(|entry| entry.value.map_text(change)),
            _ => Ok(()),
        }
    }
}

/// An error in a file.
pub(crate) fn at(path: &str, line: usize, message: impl std::fmt::Display) -> Error {
    Error::new("invalid", format!("{path}:{line}: {message}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_lines_and_aliases_are_resolved() {
        let text = "a: &x\n  b: 1\nc: *x\nd:\n  - yes\n  - \"5\"\n";
        let root = parse("f", text).map_err(|error| error.message);
        let entries = root.as_ref().ok().and_then(Node::entries).map(<[Entry]>::to_vec).unwrap_or_default();
        let lines: Vec<(String, usize)> = entries.iter().map(|entry| (entry.key.clone(), entry.line)).collect();
        assert_eq!(lines, [("a".to_owned(), 1), ("c".to_owned(), 3), ("d".to_owned(), 4)]);
        assert_eq!(entries[0].value.value, entries[1].value.value);
    }

    #[test]
    fn broken_text_names_its_line() {
        let error = parse("compose.yaml", "services:\n  a: [1\n").err().map(|error| error.message).unwrap_or_default();
        assert!(error.starts_with("compose.yaml:"), "{error}");
    }
}
