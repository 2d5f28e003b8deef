use crate::grant_lines::grant_lines;
use infra_effect::{Effect, Grants, Key};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// The lists of a grant of which each part may be used or not. What confines a program leaves no trace in the journal.
const LISTS: [&str; 6] = ["verbs", "images", "kinds", "namespaces", "methods", "hosts"];

/// One grant, and what was done with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct GrantUse {
    /// As it is written in an Infrafile.
    pub line: String,
    /// How many effects it allowed.
    pub used: usize,
    /// The parts that allowed none, by their lists.
    pub never_used: BTreeMap<String, Vec<Json>>,
}

/// Each single grant with what it allowed of these effects.
pub(crate) fn uses(grants: &Grants, effects: &[Effect]) -> Vec<GrantUse> {
    let mut uses: Vec<GrantUse> = Vec::new();
    for part in parts(grants) {
        let count = |part: &Json| allowed(part, effects);
        let Some(line) = serde_json::from_value(part.clone()).ok().and_then(|single: Grants| grant_lines(&single).pop()) else {
            continue;
        };
        if uses.iter().any(|known| known.line == line) {
            continue;
        }
        let used = count(&part);
        let never_used = if used > 0 { unused_lists(&part, effects) } else { BTreeMap::new() };
        uses.push(GrantUse { line, used, never_used });
    }
    uses
}

fn allowed(part: &Json, effects: &[Effect]) -> usize {
    let Ok(grants) = serde_json::from_value::<Grants>(part.clone()) else { return 0 };
    effects.iter().filter(|effect| grants.check(effect, Key::Infrafile).is_ok()).count()
}

/// Grants with one grant each.
pub(crate) fn parts(grants: &Grants) -> Vec<Json> {
    let whole = serde_json::to_value(grants).unwrap_or_default();
    let mut parts = Vec::new();
    for (capability, value) in whole.as_object().into_iter().flatten() {
        match value {
            Json::Array(list) => parts.extend(list.iter().map(|one| json!({ capability: [one] }))),
            Json::Object(lists) => {
                for (name, list) in lists {
                    parts.extend(list.as_array().into_iter().flatten().map(|one| json!({ capability: { name: [one] } })));
                }
            }
            _ => {}
        }
    }
    parts
}

/// What of each list allowed nothing.
fn unused_lists(part: &Json, effects: &[Effect]) -> BTreeMap<String, Vec<Json>> {
    let mut unused = BTreeMap::new();
    let Some((capability, grant)) = part.as_object().and_then(|part| part.iter().next()) else { return unused };
    let Some(grant) = grant.get(0).and_then(Json::as_object) else { return unused };
    for name in LISTS {
        let Some(list) = grant.get(name).and_then(Json::as_array).filter(|list| list.len() > 1) else { continue };
        let alone = |one: &Json| {
            let mut grant: Map<String, Json> = grant.clone();
            grant.insert(name.to_owned(), json!([one]));
            json!({ capability: [grant] })
        };
        let never: Vec<Json> = list.iter().filter(|one| allowed(&alone(one), effects) == 0).cloned().collect();
        if !never.is_empty() {
            unused.insert(name.to_owned(), never);
        }
    }
    unused
}

#[cfg(test)]
mod tests {
    use super::*;
    use infra_effect::{FileEffect, FileVerb, ProcessEffect};

    fn grants(text: Json) -> Grants {
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn each_grant_is_told_apart() {
        let granted = grants(json!({
            "process": [{ "program": "git", "args": ["status"] }, { "program": "rm" }],
            "files": { "read": ["a", "b/**"], "write": ["c"] },
        }));
        let effects = [
            Effect::Process(ProcessEffect {
                program: "git".into(),
                args: vec!["status".into()],
                dir: ".".into(),
                ..ProcessEffect::default()
            }),
            Effect::File(FileEffect { verb: FileVerb::Read, path: "b/x".into() }),
            Effect::File(FileEffect { verb: FileVerb::Read, path: "c".into() }),
        ];
        let told: Vec<(String, usize)> = uses(&granted, &effects).into_iter().map(|grant| (grant.line, grant.used)).collect();
        let used = |start: &str| told.iter().find(|(line, _)| line.contains(start)).map(|(_, used)| *used);
        assert_eq!(told.len(), 5, "{told:?}");
        assert_eq!((used("\"git\""), used("\"rm\"")), (Some(1), Some(0)));
        assert_eq!((used("[\"a\"]"), used("[\"b/**\"]"), used("[\"c\"]")), (Some(0), Some(1), Some(1)));
    }
}
