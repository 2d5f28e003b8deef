//! YAML with the place of every value, so that each refusal can name it.

use crate::scalar::scalar;
use infra::{Error, Result};
use saphyr::{MarkedYamlOwned, Tag, YamlDataOwned, YamlLoader};
use saphyr_parser::{Parser, ScanError};
use std::fmt;
use std::rc::Rc;

/// A line of a file, from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) path: Rc<str>,
    pub(crate) line: usize,
}

impl Place {
    pub(crate) fn new(path: &str, line: usize) -> Self {
        Self { path: path.into(), line }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

/// What a file says about how its value is merged with an earlier file's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Merge {
    #[default]
    Join,
    /// `!override`: this value alone counts.
    Override,
    /// `!reset`: there is no value.
    Reset,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
    pub(crate) merge: Merge,
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
    pub(crate) place: Place,
    pub(crate) value: Node,
}

/// The one document of a file.
pub(crate) fn parse(path: &str, text: &str) -> Result<Node> {
    let path: Rc<str> = path.into();
    let wrong = |error: &ScanError| at(&Place { path: Rc::clone(&path), line: error.marker().line() }, error.info());
    let mut loader = YamlLoader::<MarkedYamlOwned>::default();
    loader.early_parse(false);
    Parser::new_from_str(text).load(&mut loader, true).map_err(|error| wrong(&error))?;
    if let Some(error) = loader.error() {
        return Err(wrong(error));
    }
    match loader.into_documents().as_slice() {
        [document] => node(&path, document),
        [] => Ok(Node { place: Place { path, line: 1 }, value: Value::Null, merge: Merge::Join }),
        several => Err(Error::new("invalid", format!("{path} holds {} documents; a Compose file is one", several.len()))),
    }
}

fn node(path: &Rc<str>, from: &MarkedYamlOwned) -> Result<Node> {
    let place = Place { path: Rc::clone(path), line: from.span.start.line() };
    let value = match &from.data {
        YamlDataOwned::Representation(text, style, tag) => {
            let merge = merge_of(&place, tag.as_ref())?;
            return Ok(Node { value: scalar(text, *style, tag.as_ref()), place, merge });
        }
        YamlDataOwned::Sequence(items) => Value::List(items.iter().map(|item| node(path, item)).collect::<Result<_>>()?),
        YamlDataOwned::Mapping(entries) => {
            let mut map = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                let place = Place { path: Rc::clone(path), line: key.span.start.line() };
                let key = node(path, key)?.text().ok_or_else(|| at(&place, "a key must be text"))?;
                map.push(Entry { key, place, value: node(path, value)? });
            }
            Value::Map(merged_keys(map)?)
        }
        YamlDataOwned::Tagged(tag, inner) => {
            let merge = merge_of(&place, Some(tag))?;
            return Ok(Node { merge, ..node(path, inner)? });
        }
        YamlDataOwned::Value(_) | YamlDataOwned::Alias(_) | YamlDataOwned::BadValue => {
            return Err(at(&place, "this value cannot be read"));
        }
    };
    Ok(Node { place, value, merge: Merge::Join })
}

fn merge_of(place: &Place, tag: Option<&Tag>) -> Result<Merge> {
    match tag {
        Some(tag) if tag.handle == "!" => match tag.suffix.as_str() {
            "reset" => Ok(Merge::Reset),
            "override" => Ok(Merge::Override),
            other => Err(at(place, format!("the tag `!{other}` is not supported: `!reset` and `!override` are"))),
        },
        _ => Ok(Merge::Join),
    }
}

/// Carries out `<<`: the entries of the maps that it names, where the map itself does not have the key. The first of several wins.
fn merged_keys(entries: Vec<Entry>) -> Result<Vec<Entry>> {
    let (merges, mut map): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(|entry| entry.key == "<<");
    let mut seen = std::collections::BTreeSet::new();
    for entry in &map {
        if !seen.insert(entry.key.as_str()) {
            return Err(at(&entry.place, format!("the key `{}` stands here twice", entry.key)));
        }
    }
    for merge in merges {
        let sources = match merge.value.value {
            Value::List(items) => items,
            _ => vec![merge.value],
        };
        for source in sources {
            let Value::Map(found) = source.value else {
                return Err(at(&merge.place, "`<<` needs a map, or a list of maps"));
            };
            for entry in found {
                if !map.iter().any(|own| own.key == entry.key) {
                    map.push(entry);
                }
            }
        }
    }
    Ok(map)
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
    pub(crate) fn map_text(&mut self, change: &mut impl FnMut(&Place, &str) -> Option<String>) {
        match &mut self.value {
            Value::Text(text) => {
                if let Some(changed) = change(&self.place, text) {
                    *text = changed;
                }
            }
            Value::List(items) => items.iter_mut().for_each(|item| item.map_text(change)),
            Value::Map(entries) => entries.iter_mut().for_each(|entry| entry.value.map_text(change)),
            _ => {}
        }
    }
}

/// An error in a file.
pub(crate) fn at(place: &Place, message: impl fmt::Display) -> Error {
    Error::new("invalid", format!("{place}: {message}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<Entry> {
        parse("f", text).ok().as_ref().and_then(Node::entries).map(<[Entry]>::to_vec).unwrap_or_default()
    }

    fn wrong(text: &str) -> String {
        parse("compose.yaml", text).err().map(|error| error.message).unwrap_or_default()
    }

    #[test]
    fn values_know_their_lines_and_aliases_are_resolved() {
        let entries = entries("a: &x\n  b: 1\nc: *x\nd:\n  - yes\n  - \"5\"\n");
        let lines: Vec<(&str, usize)> = entries.iter().map(|entry| (entry.key.as_str(), entry.place.line)).collect();
        assert_eq!(lines, [("a", 1), ("c", 3), ("d", 4)]);
        assert_eq!(entries[0].value.value, entries[1].value.value);
    }

    #[test]
    fn merge_keys_add_what_is_not_there() {
        let found = entries("x: &x { a: 1, b: 2 }\ny: &y { b: 3, c: 4 }\nz:\n  <<: [*x, *y]\n  a: 0\n");
        let map = found.last().and_then(|entry| entry.value.entries()).unwrap_or_default();
        let pairs: Vec<(&str, Option<String>)> = map.iter().map(|entry| (entry.key.as_str(), entry.value.text())).collect();
        assert_eq!(pairs, [("a", Some("0".into())), ("b", Some("2".into())), ("c", Some("4".into()))]);
        assert_eq!(wrong("a: { <<: 1 }\n"), "compose.yaml:1: `<<` needs a map, or a list of maps");
    }

    #[test]
    fn tags_of_merging_are_kept_and_others_refused() {
        let found = entries("a: !reset null\nb: !override [1]\nc: !override\n  d: 1\n");
        let merges: Vec<Merge> = found.iter().map(|entry| entry.value.merge).collect();
        assert_eq!(merges, [Merge::Reset, Merge::Override, Merge::Override]);
        assert!(wrong("a: !include x\n").contains("`!include` is not supported"));
    }

    #[test]
    fn broken_text_names_its_line() {
        let error = wrong("services:\n  a: [1\n");
        assert!(error.starts_with("compose.yaml:"), "{error}");
        for twice in ["a: 1\nb: 2\na: 3\n", "a: 1\nb: 2\n\"a\": 3\n"] {
            assert!(wrong(twice).starts_with("compose.yaml:3: "), "{}", wrong(twice));
        }
        assert!(wrong("a: 1\n---\nb: 2\n").contains("holds 2 documents"));
    }
}
