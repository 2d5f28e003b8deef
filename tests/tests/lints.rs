//! What `infra check` finds that is not wrong, but hardly meant.

use infra_tests::Project;
use insta::assert_snapshot;
use std::collections::BTreeSet;

const INFRAFILE: &str = r#"
[project]
name = "demo"

[params]
NEVER = "x"

[grants.never]
files = { read = ["a"] }

[tasks.hello]
run   = ["echo", "hello"]
allow = [{ files = { read = ["a", "a"] } }]
"#;

#[test]
fn warnings_stand_beside_the_count_and_do_not_fail() {
    let project = Project::new(INFRAFILE);
    let told = project.infra(&["check"]).output().expect_success();
    assert_snapshot!(told.shown(&project), @"demo: 1 task, 0 profiles, no errors, 3 warnings");
    assert_snapshot!(told.told(&project), @r#"
    warning[unused-param]: no task uses the parameter `NEVER`
     --> Infrafile.toml:6:1
      |
    6 | NEVER = "x"
      | ^^^^^ never used
      |
      = help: take it away, or use it as `${NEVER}`

    warning[unused-grant]: nothing is allowed the grant `never`
     --> Infrafile.toml:8:9
      |
    8 | [grants.never]
      |         ^^^^^ never used
      |
      = help: take it away, or name it in an `allow`

    warning[repeated]: the same stands twice in `read`
      --> Infrafile.toml:13:35
       |
    13 | allow = [{ files = { read = ["a", "a"] } }]
       |                                   ^^^ again
       |
      ::: Infrafile.toml:13:30
       |
    13 | allow = [{ files = { read = ["a", "a"] } }]
       |                              --- first here
       |
       = help: take one of them away

    `infra check --fix` takes 2 of them away.
    "#);
    project.infra(&["check", "--strict"]).output().expect_code(1);
}

#[test]
fn fix_takes_away_what_it_can_and_says_what_is_left() {
    let project = Project::new(INFRAFILE);
    let told = project.infra(&["check", "--fix"]).output().expect_success();
    assert!(
        told.stderr.starts_with("Fixed 2 warnings.\n") && told.stdout.contains("1 warning"),
        "{}{}",
        told.stderr,
        told.stdout
    );
    assert_snapshot!(project.read("Infrafile.toml"), @r#"

    [project]
    name = "demo"

    [params]
    NEVER = "x"

    [tasks.hello]
    run   = ["echo", "hello"]
    allow = [{ files = { read = ["a"] } }]
    "#);
    project.file(
        "Infrafile.toml",
        project.read("Infrafile.toml").replace("NEVER = \"x\"", "NEVER = \"x\" # infra: allow(unused-param)"),
    );
    let none = project.infra(&["check", "--strict", "--fix"]).output().expect_success();
    assert_eq!((none.stdout.as_str(), none.stderr.as_str()), ("demo: 1 task, 0 profiles, no errors\n", ""));
}

#[test]
fn what_is_wrong_is_not_fixed() {
    let wrong = INFRAFILE.replace("run   =", "rnu   =");
    let project = Project::new(&wrong);
    project.infra(&["check", "--fix"]).output().expect_code(78);
    assert_eq!(project.read("Infrafile.toml"), wrong);
}

#[test]
fn warnings_are_events_where_events_are_wanted() {
    let project = Project::new(INFRAFILE);
    let told = project.infra(&["-o", "json", "check"]).output().expect_success();
    let texts: Vec<String> = told
        .events()
        .iter()
        .map(|event| format!("{} {}", event["type"].as_str().unwrap_or_default(), event["text"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(texts[0], "notice Infrafile.toml:6: no task uses the parameter `NEVER` (unused-param)");
    assert_eq!(texts.len(), 3);
}

#[test]
fn every_warning_is_documented_and_no_other() {
    let project = Project::new(
        r#"
[params]
NEVER = "x"
[grants.never]
files = { read = ["a"] }
[tasks.hello]
run   = ["docker", "pull", "web:latest", "--token=abcdef"]
needs = ["other", "other"]
[tasks.other]
run = ["true"]
[tasks.inner]
private = true
run     = ["true"]
"#,
    );
    let told = project.infra(&["check"]).output().expect_success().stderr;
    let found: BTreeSet<&str> = told.split("warning[").skip(1).filter_map(|rest| rest.split(']').next()).collect();
    let page = include_str!("../../docs/infrafile.md")
        .split("\n## Warnings\n")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next())
        .expect("the page has them");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let documented: BTreeSet<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    assert_eq!(found, documented);
}
