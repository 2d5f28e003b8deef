//! Infrafiles, policies and their keys.

use crate::page::{blocks, keys, page, pages, quoted, rows, section};
use infra_tests::Project;
use std::collections::BTreeSet;

#[test]
fn every_infrafile_in_the_documentation_is_right() {
    let mut checked = 0;
    for page_name in pages() {
        for infrafile in blocks(&page(&page_name), "toml") {
            let project = Project::new(&infrafile);
            // A crate of the project that the file names must be there.
            for path in quoted(&infrafile.replace('"', "`")).iter().filter_map(|text| text.strip_prefix("./tasks/")) {
                project.file(&format!("tasks/{path}/Cargo.toml"), "[package]\nname = \"example\"\n");
            }
            let checks = project.infra(&["check"]).output();
            assert_eq!(checks.code, Some(0), "{page_name}:\n{infrafile}\n{}", checks.stderr);
            checked += 1;
        }
    }
    assert!(checked >= 3, "only {checked} Infrafiles were found");
}

#[test]
fn a_broken_infrafile_would_be_found() {
    let infrafile = blocks(&page("docs/infrafile.md"), "toml").remove(0).replace("help  =", "halp  =");
    let checks = Project::new(&infrafile).infra(&["check"]).output().expect_code(78);
    assert!(checks.stderr.contains("unknown key `halp`"), "{}", checks.stderr);
}

#[test]
fn the_policy_in_the_documentation_is_a_policy() {
    let project = Project::new("[tasks.hello]\nrun = ['true']\n");
    let policy = blocks(&page("docs/grants.md"), "toml policy").remove(0);
    project.file("policy.toml", &policy);
    let refused = project.infra(&["--policy", "policy.toml", "run", "hello"]).output().expect_code(77);
    assert!(refused.stderr.contains("policy"), "{}", refused.stderr);
    project.file("policy.toml", format!("{policy}\n[[process]]\nprogram = \"true\"\n"));
    project.infra(&["--policy", "policy.toml", "run", "hello"]).output().expect_success();
}

/// The keys that an error about an unknown key lists.
fn known_keys(infrafile: &str) -> BTreeSet<String> {
    let errors = Project::new(infrafile).infra(&["check"]).output().expect_code(78).stderr;
    let error = errors.split("unknown key `zzz`").nth(1).unwrap_or_else(|| panic!("`zzz` is accepted:\n{errors}"));
    let listed = error.split("the keys are ").nth(1).unwrap_or_else(|| panic!("no keys are listed:\n{errors}"));
    listed.lines().next().unwrap().split(", ").map(str::to_owned).collect()
}

#[test]
fn every_key_is_documented_and_no_other() {
    let page_of_keys = page("docs/infrafile.md");
    let grants = page("docs/grants.md");
    let task = |rest: &str| format!("[tasks.a]\nrun = ['true']\n{rest}");
    for (text, heading, infrafile) in [
        (&page_of_keys, "## The file", "zzz = 1".to_owned()),
        (&page_of_keys, "## The project", "[project]\nzzz = 1".to_owned()),
        (&page_of_keys, "## A parameter", "[params]\nA = { default = 1, zzz = 1 }".to_owned()),
        (&page_of_keys, "## A task", task("zzz = 1")),
        (&page_of_keys, "## Retries", task("retries = { zzz = 1 }")),
        (&page_of_keys, "## Limits", task("limits = { zzz = 1 }")),
        (&page_of_keys, "## A precondition", task("preconditions = [{ exists = 'a', zzz = 1 }]")),
        (&page_of_keys, "## A service", task("service = { zzz = 1 }")),
        (&page_of_keys, "## An include", "include = [{ path = 'a', namespace = 'a', zzz = 1 }]".to_owned()),
        (&grants, "## A grant", task("allow = [{ zzz = 1 }]")),
        (&grants, "## Files", task("allow = [{ files = { zzz = 1 } }]")),
        (&grants, "## Programs", task("allow = [{ process = [{ program = 'a', zzz = 1 }] }]")),
        (&grants, "## Docker", task("allow = [{ docker = [{ zzz = 1 }] }]")),
        (&grants, "## Kubernetes", task("allow = [{ kubernetes = [{ zzz = 1 }] }]")),
    ] {
        assert_eq!(keys(section(text, heading)), known_keys(&infrafile), "{heading}");
    }
}

#[test]
fn the_verbs_of_docker_are_those_that_are_known() {
    let grants = page("docs/grants.md");
    let row = rows(section(&grants, "## Docker")).into_iter().find(|row| row[0] == "`verbs`").unwrap();
    let documented: Vec<&str> = quoted(&row[1]);
    let infrafile = "[tasks.a]\nrun = ['true']\nallow = [{ docker = [{ verbs = ['xyzzy-xyzzy'] }] }]";
    let errors = Project::new(infrafile).infra(&["check"]).output().expect_code(78).stderr;
    let listed = errors.split("the verbs are ").nth(1).unwrap_or_else(|| panic!("{errors}"));
    assert_eq!(documented, listed.lines().next().unwrap().split(", ").collect::<Vec<_>>());
}
