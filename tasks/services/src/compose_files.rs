//! Finds the Compose files, and lays those of one directory over each other.

use crate::dotenv;
use crate::extends::extend;
use crate::fields::Fields;
use crate::interpolate::{Variables, interpolate};
use crate::location::Location;
use crate::merge::{merge, settle};
use crate::problems::Problems;
use crate::yaml::{Node, Place, Value, parse};
use infra::{Error, Result};
use std::collections::BTreeMap;

/// Files that are one: `docker compose -f A -f B`.
#[derive(Debug)]
pub(crate) struct FileSet {
    pub(crate) location: Location,
    /// Absolute, in the order in which they are laid over each other.
    pub(crate) files: Vec<String>,
    pub(crate) variables: Variables,
    pub(crate) root: Node,
}

/// The files that have a pattern, in the order of the patterns: those of one directory are a set, as `include` has it; with `merged` all
/// are one set, whose paths start at the first file's directory.
pub(crate) fn find(patterns: &[String], merged: bool) -> Result<Vec<(String, Vec<String>)>> {
    let mut sets: Vec<(String, Vec<String>)> = Vec::new();
    for pattern in patterns {
        for path in infra::files::find(pattern)? {
            if sets.iter().any(|(_, files)| files.contains(&path)) {
                continue;
            }
            let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned();
            match sets.iter_mut().find(|(other, _)| merged || *other == directory) {
                Some((_, files)) => files.push(path),
                None => sets.push((directory, vec![path])),
            }
        }
    }
    if sets.is_empty() {
        let message = format!("no Compose file has the pattern {}", patterns.join(", "));
        return Err(Error::new("not-found", message).hint("set `files` in the task's `with`"));
    }
    Ok(sets)
}

impl FileSet {
    /// Reads a set. Variables come from the task's `env`, and behind that from the `.env` beside the files.
    pub(crate) fn read(directory: &str, files: &[String], env: &BTreeMap<String, String>, problems: &Problems) -> Result<Self> {
        let location = Location { root: infra::context::directory(), directory: directory.to_owned() };
        let variables = Variables::new(variables(&location, env, problems)?);
        let load = |path: &str| load(path, &variables, problems);
        let mut root: Option<Node> = None;
        for path in files {
            let mut file = load(path)?;
            extend(&mut file, &location, &load, problems)?;
            match &mut root {
                Some(root) => merge(root, file),
                None => root = Some(file),
            }
        }
        let mut root = root.ok_or_else(|| Error::new("not-found", format!("there is no Compose file in {directory}")))?;
        settle(&mut root);
        let files = files.iter().map(|file| format!("{}/{file}", location.root.trim_end_matches('/'))).collect();
        Ok(Self { location, files, variables, root })
    }

    /// The files that the set includes, each with its directory: what stands under `include`, which is taken away.
    pub(crate) fn take_included(&mut self, problems: &Problems) -> Vec<(String, Vec<String>)> {
        let Value::Map(entries) = &mut self.root.value else { return vec![] };
        let Some(at) = entries.iter().position(|entry| entry.key == "include") else { return vec![] };
        let include = entries.remove(at);
        let Value::List(items) = &include.value.value else {
            problems.add(&include.place, "`include` must be a list");
            return vec![];
        };
        let mut included = Vec::new();
        for item in items {
            let paths = match &item.value {
                Value::Map(_) => {
                    let mut fields = Fields::open("include", item, problems);
                    let paths = fields.text_or_texts("path");
                    fields.finish();
                    paths
                }
                _ => item.text().into_iter().collect(),
            };
            let files: Vec<String> = paths.iter().map(|path| self.location.relative(path)).collect();
            let Some(first) = files.first() else {
                problems.add(&item.place, "an entry of `include` needs a `path`");
                continue;
            };
            let directory = first.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned();
            included.push((directory, files));
        }
        included
    }
}

/// Reads a file and fills in its variables.
fn load(path: &str, variables: &Variables, problems: &Problems) -> Result<Node> {
    let mut file = parse(path, &infra::files::read_to_string(path)?)?;
    file.map_text(&mut |place, text| match interpolate(text, variables) {
        Ok(value) => {
            for name in variables.take_unset() {
                infra::warning!(
                    "{place}: the variable {name} is not set and stands for nothing: write `${{{name}:-}}` where that is meant"
                );
            }
            (value != text).then_some(value)
        }
        Err(why) => {
            problems.add(place, why);
            None
        }
    });
    Ok(file)
}

fn variables(location: &Location, env: &BTreeMap<String, String>, problems: &Problems) -> Result<BTreeMap<String, String>> {
    let given = Variables::new(env.clone());
    let path = location.relative(".env");
    let mut variables = if infra::files::stat(&path)?.is_some() {
        dotenv::parse(&infra::files::read_to_string(&path)?, &given).unwrap_or_else(|(line, why)| {
            problems.add(&Place::new(&path, line), why);
            BTreeMap::new()
        })
    } else {
        BTreeMap::new()
    };
    variables.extend(given.values);
    Ok(variables)
}
