//! `extends`: a service that is laid over another one.

use crate::location::Location;
use crate::merge::merge;
use crate::problems::Problems;
use crate::yaml::{Entry, Merge, Node, Place, Value};
use infra::Result;

/// Reads a file of the set's directory, with variables filled in.
pub(crate) type Load<'a> = &'a dyn Fn(&str) -> Result<Node>;

struct Extension<'a> {
    location: &'a Location,
    load: Load<'a>,
    problems: &'a Problems,
}

/// Lays each service that extends another one over it.
pub(crate) fn extend(root: &mut Node, location: &Location, load: Load<'_>, problems: &Problems) -> Result<()> {
    let extension = Extension { location, load, problems };
    let before = root.clone();
    let Value::Map(sections) = &mut root.value else { return Ok(()) };
    let Some(services) = sections.iter_mut().find(|entry| entry.key == "services") else { return Ok(()) };
    let Value::Map(entries) = &mut services.value.value else { return Ok(()) };
    for entry in entries.iter_mut().filter(|entry| part(&entry.value, "extends").is_some()) {
        let mut chain = vec![entry.key.clone()];
        entry.value = extension.extended(&entry.key, entry.value.clone(), &before, &mut chain)?;
    }
    Ok(())
}

impl Extension<'_> {
    fn extended(&self, name: &str, mut node: Node, root: &Node, chain: &mut Vec<String>) -> Result<Node> {
        let Value::Map(entries) = &mut node.value else { return Ok(node) };
        let Some(at) = entries.iter().position(|entry| entry.key == "extends") else { return Ok(node) };
        let Entry { value, place, .. } = entries.remove(at);
        let (service, file) = match &value.value {
            Value::Map(_) => (part(&value, "service").and_then(Node::text), part(&value, "file").and_then(Node::text)),
            _ => (value.text(), None),
        };
        let Some(service) = service else {
            self.problems.add(&place, format!("`services.{name}.extends` needs a `service`"));
            return Ok(node);
        };
        let other = match &file {
            None => None,
            Some(file) => match self.file(file, &place)? {
                Some(other) => Some(other),
                None => return Ok(node),
            },
        };
        let root = other.as_ref().unwrap_or(root);
        let key = format!("{}{service}", file.unwrap_or_default());
        if chain.contains(&key) {
            self.problems.add(&place, format!("these services extend each other: {} → {service}", chain.join(" → ")));
            return Ok(node);
        }
        let Some(base) = part(root, "services").and_then(|services| part(services, &service)) else {
            self.problems.add(&place, format!("service `{name}` extends `{service}`, which is not there"));
            return Ok(node);
        };
        chain.push(key);
        let base = self.extended(&service, base.clone(), root, chain)?;
        chain.pop();
        let mut merged = alone(name, base);
        merge(&mut merged, alone(name, node.clone()));
        Ok(part(&merged, "services").and_then(|services| part(services, name)).cloned().unwrap_or(node))
    }

    /// Paths of a file in another directory would start there.
    fn file(&self, file: &str, place: &Place) -> Result<Option<Node>> {
        let path = self.location.relative(file);
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        if directory != self.location.directory {
            self.problems.add(place, format!("`extends` of `{file}`, a file in another directory, is not supported"));
            return Ok(None);
        }
        (self.load)(&path).map(Some)
    }
}

fn part<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.entries()?.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
}

/// A file that has this service alone, as the rules of merging see it.
fn alone(name: &str, service: Node) -> Node {
    let place = service.place.clone();
    let map = |key: &str, value: Node| Node {
        place: place.clone(),
        value: Value::Map(vec![Entry { key: key.to_owned(), place: place.clone(), value }]),
        merge: Merge::Join,
    };
    map("services", map(name, service))
}
