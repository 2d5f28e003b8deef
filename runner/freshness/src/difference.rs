use crate::{Kind, Record, Snapshot};

/// More than these are only counted.
const NAMED: usize = 5;

/// What of a record is not as it is now, for people: which argument, which input, which program, which output.
#[must_use]
pub fn differences(record: &Record, details: &[(String, String)], inputs: &Snapshot, outputs: &Snapshot) -> Vec<String> {
    let mut all = Vec::new();
    for (name, value) in details {
        match record.details.iter().find(|(known, _)| known == name) {
            None => all.push(format!("{name} is new")),
            Some((_, known)) if known != value => all.push(format!("{name} has changed")),
            Some(_) => {}
        }
    }
    let gone = record.details.iter().filter(|(known, _)| details.iter().all(|(name, _)| name != known));
    all.extend(gone.map(|(name, _)| format!("{name} is gone")));
    all.extend(files("input", &record.inputs, inputs));
    all.extend(files("output", &record.outputs, outputs));
    all
}

fn files(what: &str, before: &Snapshot, now: &Snapshot) -> Vec<String> {
    let mut all = Vec::new();
    for look in now.matched() {
        match before.at(&look.path) {
            None => all.push(format!("{what} {} is new", shown(&look.path))),
            Some(kind) if *kind != look.kind => all.push(format!("{what} {} has {}", shown(&look.path), how(kind, &look.kind))),
            Some(_) => {}
        }
    }
    let gone = before.matched().filter(|look| now.at(&look.path).is_none());
    all.extend(gone.map(|look| format!("{what} {} is gone", shown(&look.path))));
    let more = all.len().saturating_sub(NAMED);
    all.truncate(NAMED);
    if more > 0 {
        all.push(format!("and {more} more {what}s"));
    }
    all
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "." } else { path }
}

const fn how(before: &Kind, now: &Kind) -> &'static str {
    match (before, now) {
        (Kind::File(..), Kind::File(..)) | (Kind::Link(_), Kind::Link(_)) => "changed",
        _ => "become something else",
    }
}
