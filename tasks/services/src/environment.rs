//! The environment of a service: its `env_file`, and over that its `environment`.

use crate::dotenv;
use crate::fields::Fields;
use crate::interpolate::Variables;
use crate::location::Location;
use crate::yaml::{Node, Value};
use std::collections::BTreeMap;

/// A variable that has no value, and that is not set outside either, has none in the end.
pub(crate) fn environment(
    name: &str,
    fields: &mut Fields<'_>,
    location: &Location,
    variables: &Variables,
) -> BTreeMap<String, Option<String>> {
    let mut environment = BTreeMap::new();
    let files = fields.get("env_file").map(|node| match &node.value {
        Value::List(items) => items.iter().collect(),
        _ => vec![node],
    });
    for node in files.unwrap_or_default() {
        let mut known = variables.values.clone();
        known.extend(
            environment.iter().filter_map(|(name, value): (&String, &Option<String>)| Some((name.clone(), value.clone()?))),
        );
        let file = read(name, node, fields, location, &Variables::new(known));
        environment.extend(file.into_iter().map(|(name, value)| (name, Some(value))));
    }
    for (name, value) in fields.optional_pairs("environment") {
        let value = value.or_else(|| variables.get(&name).cloned());
        environment.insert(name, value);
    }
    environment
}

fn read(name: &str, node: &Node, fields: &Fields<'_>, location: &Location, known: &Variables) -> BTreeMap<String, String> {
    let problems = fields.problems;
    let (mut required, mut raw) = (true, false);
    let path = if let Value::Map(_) = node.value {
        let mut entry = Fields::open(format!("{name}.env_file"), node, problems);
        let path = entry.text("path");
        required = entry.flag("required").unwrap_or(true);
        match entry.text("format").as_deref() {
            None | Some("") => {}
            Some("raw") => raw = true,
            Some(other) => problems.add(&node.place, format!("the format `{other}` of an env_file is not supported: `raw` is")),
        }
        entry.finish();
        path
    } else {
        node.text()
    };
    let Some(path) = path else {
        problems.add(&node.place, format!("an entry of `{name}.env_file` needs a path"));
        return BTreeMap::new();
    };
    let path = location.relative(&path);
    let text = match infra::files::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.code == "not-found" && !required => return BTreeMap::new(),
        Err(error) => {
            problems.add(&node.place, format!("the env_file `{path}` cannot be read: {}", error.message));
            return BTreeMap::new();
        }
    };
    if raw {
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        return lines.filter_map(|line| line.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    }
    dotenv::parse(&text, known).unwrap_or_else(|(line, why)| {
        problems.add(&crate::yaml::Place::new(&path, line), why);
        BTreeMap::new()
    })
}
