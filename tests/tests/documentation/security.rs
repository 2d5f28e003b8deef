//! The attempts that the security model lists.

use crate::page::{page, quoted, repository, rows};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The names of all tests in the sources below a directory.
fn tests_below(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() && entry.file_name() != "target" {
            tests_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(tests_in(&fs::read_to_string(path).unwrap()));
        }
    }
}

/// The functions that follow an attribute `test`, and none that is ignored.
fn tests_in(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut attributes = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[") {
            attributes.push(line);
            continue;
        }
        let name = line.trim_start_matches("async ").strip_prefix("fn ").and_then(|rest| rest.split('(').next());
        if let Some(name) = name
            && attributes.iter().any(|attribute| attribute.contains("test"))
            && !attributes.iter().any(|attribute| attribute.starts_with("#[ignore"))
        {
            names.push(name.to_owned());
        }
        attributes.clear();
    }
    names
}

#[test]
fn every_attempt_of_the_security_model_is_made_by_a_test() {
    let mut tests = BTreeSet::new();
    for directory in ["runner", "sdk", "tests"] {
        tests_below(&repository().join(directory), &mut tests);
    }
    let text = page("docs/security-model.md");
    let attempts: Vec<Vec<String>> = text.split("\n### ").skip(1).flat_map(rows).collect();
    assert!(attempts.len() >= 60, "only {} attempts are listed", attempts.len());
    for attempt in attempts {
        let names = quoted(&attempt[2]);
        assert!(!names.is_empty(), "{}: no test", attempt[0]);
        for name in names {
            assert!(tests.contains(name), "{}: there is no test `{name}`", attempt[0]);
        }
    }
}

#[test]
fn a_test_that_is_ignored_or_missing_would_be_found() {
    let text =
        "#[test]\nfn one() {}\n#[tokio::test]\nasync fn two() {}\n#[test]\n#[ignore = \"slow\"]\nfn three() {}\nfn four() {}\n";
    assert_eq!(tests_in(text), ["one", "two"]);
}
