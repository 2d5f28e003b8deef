//! The order of services: each behind what it depends on.

use crate::project::Project;
use crate::service::Service;
use std::collections::BTreeSet;

/// The selected services, each behind those that it depends on; else by name.
pub(crate) fn order<'a>(project: &'a Project, selected: &BTreeSet<String>) -> Vec<&'a Service> {
    let mut ordered: Vec<&Service> = Vec::new();
    let mut left: Vec<&Service> = selected.iter().filter_map(|name| project.services.get(name)).collect();
    while !left.is_empty() {
        let waits = |service: &&Service| {
            service.depends_on.iter().any(|dependency| left.iter().any(|other| other.name == dependency.service))
        };
        let (later, now): (Vec<&Service>, Vec<&Service>) = left.iter().copied().partition(waits);
        // A circle was refused when the files were read.
        if now.is_empty() {
            ordered.extend(later);
            break;
        }
        ordered.extend(now);
        left = later;
    }
    ordered
}

/// Services that wait for each other, the first one again at the end.
pub(crate) fn circle(project: &Project) -> Option<Vec<&str>> {
    let mut done = BTreeSet::new();
    project.services.keys().find_map(|name| follow(project, name, &mut Vec::new(), &mut done))
}

fn follow<'a>(
    project: &'a Project,
    name: &'a str,
    path: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
) -> Option<Vec<&'a str>> {
    if let Some(at) = path.iter().position(|before| *before == name) {
        return Some([&path[at..], &[name]].concat());
    }
    let service = project.services.get(name)?;
    if !done.insert(name) {
        return None;
    }
    path.push(name);
    let found = service.depends_on.iter().find_map(|dependency| follow(project, &dependency.service, path, done));
    path.pop();
    found
}
