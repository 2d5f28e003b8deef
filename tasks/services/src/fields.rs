//! Reads a map of a Compose file key by key, and refuses the keys that nobody asked for.

use crate::duration::Duration;
use crate::problems::Problems;
use crate::size::Size;
use crate::yaml::{Entry, Node, Value};
use std::collections::BTreeMap;

/// A map under way: every key is asked for by name, and what is left at the end is not supported.
pub(crate) struct Fields<'a> {
    name: String,
    entries: &'a [Entry],
    known: Vec<&'static str>,
    pub(crate) problems: &'a Problems,
}

impl<'a> Fields<'a> {
    /// `name` is how messages call the map, as `services.web.build`.
    pub(crate) fn open(name: impl Into<String>, node: &'a Node, problems: &'a Problems) -> Self {
        let name = name.into();
        let entries = node.entries().unwrap_or_else(|| {
            problems.add(&node.place, format!("`{name}` must be a map"));
            &[]
        });
        Self { name, entries, known: Vec::new(), problems }
    }

    /// The full name of a key.
    pub(crate) fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// The value of a key that is there and says something.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<&'a Node> {
        self.known.push(key);
        let found = self.entries.iter().find(|entry| entry.key == key)?;
        (found.value.value != Value::Null).then_some(&found.value)
    }

    fn read<T>(&mut self, key: &'static str, wanted: &str, read: impl FnOnce(&'a Node) -> Option<T>) -> Option<T> {
        let node = self.get(key)?;
        let value = read(node);
        if value.is_none() {
            self.problems.add(&node.place, format!("`{}` must be {wanted}", self.path(key)));
        }
        value
    }

    pub(crate) fn text(&mut self, key: &'static str) -> Option<String> {
        self.read(key, "text", Node::text)
    }

    pub(crate) fn flag(&mut self, key: &'static str) -> Option<bool> {
        self.read(key, "true or false", |node| match node.text()?.as_str() {
            "true" | "True" | "TRUE" | "1" | "yes" | "on" => Some(true),
            "false" | "False" | "FALSE" | "0" | "no" | "off" | "" => Some(false),
            _ => None,
        })
    }

    pub(crate) fn integer(&mut self, key: &'static str) -> Option<i64> {
        self.read(key, "a whole number", |node| node.text()?.parse().ok())
    }

    pub(crate) fn decimal(&mut self, key: &'static str) -> Option<f64> {
        self.read(key, "a number", |node| node.text()?.parse().ok().filter(|number: &f64| *number >= 0.0))
    }

    pub(crate) fn size(&mut self, key: &'static str) -> Option<Size> {
        self.read(key, "a size as `64m`", |node| Size::parse(&node.text()?))
    }

    pub(crate) fn duration(&mut self, key: &'static str) -> Option<Duration> {
        self.read(key, "a duration as `30s`", |node| Duration::parse(&node.text()?))
    }

    /// A list of plain values.
    pub(crate) fn texts(&mut self, key: &'static str) -> Vec<String> {
        self.read(key, "a list", texts).unwrap_or_default()
    }

    /// One plain value, or a list of them.
    pub(crate) fn text_or_texts(&mut self, key: &'static str) -> Vec<String> {
        self.read(key, "text or a list", |node| node.text().map_or_else(|| texts(node), |text| Some(vec![text])))
            .unwrap_or_default()
    }

    /// A map, or a list of `NAME=VALUE`; a name alone has no value.
    pub(crate) fn optional_pairs(&mut self, key: &'static str) -> BTreeMap<String, Option<String>> {
        self.read(key, "a map, or a list of NAME=VALUE", pairs).unwrap_or_default()
    }

    /// A map, or a list of `NAME=VALUE`; a name alone is empty.
    pub(crate) fn pairs(&mut self, key: &'static str) -> BTreeMap<String, String> {
        let pairs = self.optional_pairs(key).into_iter();
        pairs.map(|(name, value)| (name, value.unwrap_or_default())).collect()
    }

    /// The items of a list.
    pub(crate) fn items(&mut self, key: &'static str) -> &'a [Node] {
        self.read(key, "a list", |node| match &node.value {
            Value::List(items) => Some(items.as_slice()),
            _ => None,
        })
        .unwrap_or_default()
    }

    /// The entries of a map.
    pub(crate) fn map(&mut self, key: &'static str) -> &'a [Entry] {
        self.read(key, "a map", Node::entries).unwrap_or_default()
    }

    /// Refuses what is left.
    pub(crate) fn finish(self) {
        for entry in self.entries {
            if !entry.key.starts_with("x-") && !self.known.contains(&entry.key.as_str()) {
                self.problems.unsupported(&entry.place, &self.path(&entry.key), &self.known);
            }
        }
    }
}

pub(crate) fn texts(node: &Node) -> Option<Vec<String>> {
    match &node.value {
        Value::List(items) => items.iter().map(Node::text).collect(),
        _ => None,
    }
}

fn pairs(node: &Node) -> Option<BTreeMap<String, Option<String>>> {
    let pair = |text: String| match text.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (text, None),
    };
    match &node.value {
        Value::List(items) => items.iter().map(|item| item.text().map(pair)).collect(),
        _ => node
            .entries()?
            .iter()
            .map(|entry| match &entry.value.value {
                Value::Null => Some((entry.key.clone(), None)),
                _ => Some((entry.key.clone(), Some(entry.value.text()?))),
            })
            .collect(),
    }
}

/// For serialisation: what stands at its zero is left out, as Compose leaves it out.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
