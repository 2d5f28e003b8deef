//! The schema has the keys that are read, and no others.

use super::wrong;
use crate::schema;
use std::collections::BTreeSet;

/// The keys that an error about an unknown key lists.
fn known(text: &str) -> BTreeSet<String> {
    let errors = wrong(text);
    let error = errors.split("unknown key `zzz`").nth(1).unwrap_or_else(|| panic!("`zzz` is accepted:\n{errors}"));
    let listed = error.split("the keys are ").nth(1).unwrap_or_else(|| panic!("no keys are listed:\n{errors}"));
    listed.lines().next().unwrap().split(", ").map(str::to_owned).collect()
}

fn keys(pointer: &str) -> BTreeSet<String> {
    let schema = schema();
    let table = schema.pointer(pointer).unwrap_or_else(|| panic!("{pointer}"));
    table["properties"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_key_that_is_read_is_in_it_and_no_other() {
    let task = |rest: &str| format!("[tasks.a]\nrun = ['true']\n{rest}");
    for (pointer, text) in [
        ("", "zzz = 1".to_owned()),
        ("/$defs/project", "[project]\nzzz = 1".to_owned()),
        ("/$defs/param/anyOf/2", "[params]\nA = { default = 1, zzz = 1 }".to_owned()),
        ("/$defs/task", task("zzz = 1")),
        ("/$defs/call/anyOf/1", task("needs = [{ task = 'a', zzz = 1 }]")),
        ("/$defs/retries/anyOf/1", task("retries = { zzz = 1 }")),
        ("/$defs/limits", task("limits = { zzz = 1 }")),
        ("/$defs/precondition", task("preconditions = [{ exists = 'a', zzz = 1 }]")),
        ("/$defs/service/anyOf/1", task("service = { zzz = 1 }")),
        ("/$defs/include", "include = [{ path = 'a', namespace = 'a', zzz = 1 }]".to_owned()),
        ("/$defs/grant", task("allow = [{ zzz = 1 }]")),
        ("/$defs/files", task("allow = [{ files = { zzz = 1 } }]")),
        ("/$defs/process", task("allow = [{ process = [{ program = 'a', zzz = 1 }] }]")),
        ("/$defs/docker", task("allow = [{ docker = [{ zzz = 1 }] }]")),
        ("/$defs/kubernetes", task("allow = [{ kubernetes = [{ zzz = 1 }] }]")),
        ("/$defs/http", task("allow = [{ http = [{ zzz = 1 }] }]")),
    ] {
        assert_eq!(keys(pointer), known(&text), "{pointer}");
    }
    // The error about a profile also lists what may stand in none.
    let profile = known("params = { PROFILE = 'a' }\n[profile.a]\nzzz = 1");
    assert!(keys("/$defs/profile").is_subset(&profile), "{profile:?}");
}

#[test]
fn every_reference_leads_somewhere() {
    let schema = schema();
    let text = schema.to_string();
    for name in text.split("\"#/$defs/").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(schema["$defs"][name].is_object(), "{name}");
    }
}
