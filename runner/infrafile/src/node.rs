use crate::{Location, Template};
use serde_json::Value as Json;

/// A value of an Infrafile, owned, with its place: what includes and profiles are merged as.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub value: Value,
    pub at: Location,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// A text, and the place of what stands between its quotes; the place of the whole where the two differ.
    String(String, Location),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Datetime(String),
    Array(Vec<Node>),
    Table(Table),
}

/// A table, in the order of the text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table(pub Vec<Entry>);

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub key: String,
    pub key_at: Location,
    pub node: Node,
}

impl Table {
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.key == key)
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// Lays `over` on this table: tables merge deep, all else replaces.
    pub fn overlay(&mut self, over: &Self) {
        for entry in &over.0 {
            match self.0.iter_mut().find(|own| own.key == entry.key) {
                Some(own) => own.node.overlay(&entry.node),
                None => self.0.push(entry.clone()),
            }
        }
    }
}

impl Node {
    fn overlay(&mut self, over: &Self) {
        match (&mut self.value, &over.value) {
            (Value::Table(own), Value::Table(over)) => own.overlay(over),
            _ => *self = over.clone(),
        }
    }

    /// What it is, for people.
    pub fn noun(&self) -> &'static str {
        match self.value {
            Value::String(..) => "a text",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Boolean(_) => "a boolean",
            Value::Datetime(_) => "a date",
            Value::Array(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::String(text, _) => Some(text),
            _ => None,
        }
    }

    pub fn array(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Array(array) => Some(array),
            _ => None,
        }
    }

    pub fn table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The value as JSON, without interpolation. A date becomes its text.
    pub fn json(&self) -> Json {
        match &self.value {
            Value::String(text, _) | Value::Datetime(text) => Json::from(text.as_str()),
            Value::Integer(number) => Json::from(*number),
            Value::Float(number) => Json::from(*number),
            Value::Boolean(flag) => Json::from(*flag),
            Value::Array(array) => array.iter().map(Self::json).collect(),
            Value::Table(table) => Json::Object(table.0.iter().map(|entry| (entry.key.clone(), entry.node.json())).collect()),
        }
    }

    /// The value with its references.
    pub fn template(&self, problems: &mut crate::problems::Problems) -> Template {
        match &self.value {
            Value::String(text, inside) => Template::parse(text, inside).unwrap_or_else(|problem| {
                problems.push(problem);
                Template::Literal(Json::Null)
            }),
            Value::Array(array) => {
                let list: Vec<Template> = array.iter().map(|node| node.template(problems)).collect();
                let plain = list.iter().map(literal).collect::<Option<Vec<_>>>();
                plain.map_or(Template::List(list), |values| Template::Literal(values.into_iter().collect()))
            }
            Value::Table(table) => {
                let pairs: Vec<(String, Template)> = table.templates(problems);
                let plain = pairs.iter().map(|(key, value)| Some((key.clone(), literal(value)?))).collect::<Option<Vec<_>>>();
                plain.map_or(Template::Table(pairs), |values| Template::Literal(Json::Object(values.into_iter().collect())))
            }
            _ => Template::Literal(self.json()),
        }
    }
}

impl Table {
    /// Its values with their references.
    pub fn templates(&self, problems: &mut crate::problems::Problems) -> Vec<(String, Template)> {
        self.0.iter().map(|entry| (entry.key.clone(), entry.node.template(problems))).collect()
    }
}

fn literal(template: &Template) -> Option<Json> {
    match template {
        Template::Literal(value) => Some(value.clone()),
        _ => None,
    }
}
