//! Where values come from: profiles, `.env`, the environment, the command line; and what includes and named grants bring.

use infra_tests::{Output, Project};
use insta::assert_snapshot;

const INFRAFILE: &str = r#"
[params]
PROFILE = { default = "local", choices = ["local", "aws", "aws-prod"] }
REGION  = { default = "here" }
SIZE    = { default = 1, env = "DEMO_SIZE" }
ZONES   = { type = "list", default = ["a", "b"] }

[profile.aws]
params = { REGION = "eu", SIZE = 2 }
tasks.local-only.skip = "managed"

[profile.aws-prod]
extends = "aws"
params.SIZE = 3
params.ZONES = ["p"]

[tasks.show]
run = ["echo", "${PROFILE}", "${REGION}", "${SIZE}", "${ZONES:csv}", "${ZONES:json}", "$${REGION}"]

[tasks.script]
sh = 'echo "$PROFILE" "$REGION" "$SIZE" "$ZONES"'

[tasks.local-only]
run = ["echo", "here"]
"#;

fn logged(output: &Output, task: &str) -> String {
    let start = format!("[{task}] ");
    let lines = output.stderr.lines().filter_map(|line| line.strip_prefix(&start));
    lines.filter(|line| *line != "started" && !line.starts_with("done in")).collect::<Vec<_>>().join("\n")
}

fn show(project: &Project, words: &[&str]) -> String {
    let args: Vec<&str> = ["run", "show"].iter().chain(words).copied().collect();
    logged(&project.infra(&args).output().expect_success(), "show")
}

#[test]
fn profiles_lay_their_values_over_the_defaults() {
    let project = Project::new(INFRAFILE);
    assert_eq!(show(&project, &[]), r#"local here 1 a,b ["a","b"] ${REGION}"#);
    assert_eq!(show(&project, &["PROFILE=aws"]), r#"aws eu 2 a,b ["a","b"] ${REGION}"#);
    assert_eq!(show(&project, &["PROFILE=aws-prod"]), r#"aws-prod eu 3 p ["p"] ${REGION}"#);
}

#[test]
fn the_nearer_source_of_a_value_wins() {
    let project = Project::new(INFRAFILE);
    project.file(".env", "PROFILE=aws\nSIZE=7\nPATH=/nowhere\nREGION='a b'\n");
    assert_eq!(show(&project, &[]), r#"aws a b 7 a,b ["a","b"] ${REGION}"#);
    let by_environment = project.infra(&["run", "show"]).env("DEMO_SIZE", "8").env("REGION", "not named").output();
    assert_eq!(logged(&by_environment.expect_success(), "show"), r#"aws a b 8 a,b ["a","b"] ${REGION}"#);
    assert_eq!(show(&project, &["SIZE=9", "ZONES=x, y"]), r#"aws a b 9 x,y ["x","y"] ${REGION}"#);
}

#[test]
fn a_wrong_value_says_where_it_comes_from() {
    let project = Project::new(INFRAFILE);
    let output = project.infra(&["run", "show"]).env("DEMO_SIZE", "big").output().expect_code(64);
    assert_snapshot!(output.told(&project), @"error: `SIZE` cannot be `big`: it must be a whole number (from the environment variable `DEMO_SIZE`)");
    project.file(".env", "PROFILE=awss\n");
    assert_snapshot!(project.infra(&["run", "show"]).output().expect_code(78).told(&project), @"
    error: `PROFILE` cannot be `awss`: it is one of `local`, `aws`, `aws-prod` (from `.env`)
      hint: did you mean `aws`?
    ");
    // The line may be a secret.
    project.file(".env", "PROFILE=aws\nhunter2 is the password\n");
    let output = project.infra(&["run", "show"]).output().expect_code(78);
    assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
    assert_snapshot!(output.told(&project), @"
    error: `.env` cannot be read: the line after `PROFILE` is not `NAME=VALUE`
      hint: put values with spaces or `#` in quotes
    ");
}

#[test]
fn a_script_gets_values_as_variables_and_is_never_interpolated() {
    let project = Project::new(INFRAFILE);
    let output = project.infra(&["run", "script", "REGION=$(echo injected); \"x"]).output().expect_success();
    assert_eq!(logged(&output, "script"), "local $(echo injected); \"x 1 a,b");
}

#[test]
fn a_profile_skips_a_task_and_says_why() {
    let project = Project::new(INFRAFILE);
    let output = project.infra(&["run", "local-only", "PROFILE=aws"]).output().expect_success();
    assert_snapshot!(output.told(&project), @"
    [local-only] skipped: managed
    Done: 1 task in TIME
    ");
    let output = project.infra(&["run", "local-only"]).output().expect_success();
    assert_eq!(logged(&output, "local-only"), "here");
}

#[test]
fn an_include_has_a_namespace_and_what_its_line_grants() {
    let project = Project::new(
        r#"
[[include]]
path = "team/Infrafile.toml"
namespace = "team"
allow = [{ files = { read = ["team/**"] }, process = [{ program = "sh" }] }]

[tasks.all]
steps = ["team:look"]
"#,
    );
    project.file("team/Infrafile.toml", "[tasks.look]\nsh = 'cat team/a'\nallow = [{ files = { read = ['team/**'] } }]\n");
    project.file("team/a", "from the team\n");
    let output = project.infra(&["run", "all"]).output().expect_success();
    assert_eq!(logged(&output, "team:look"), "from the team");
    let listed = project.infra(&["list"]).output().expect_success();
    assert!(listed.stdout.contains("team:look"), "{}", listed.stdout);
    assert_snapshot!(project.infra(&["run", "look"]).output().expect_code(64).told(&project), @"
    error: there is no task `look`
      hint: `infra list` shows the tasks
    ");
}

#[test]
fn a_named_grant_holds_for_the_tasks_that_name_it() {
    let project = Project::new(
        r#"
[grants.docs]
files = { read = ["docs/**"] }

[tasks.with]
sh = "cat docs/a"
allow = ["docs"]

[tasks.without]
sh = "cat docs/a"
"#,
    );
    project.file("docs/a", "a page\n");
    assert_eq!(logged(&project.infra(&["run", "with"]).output().expect_success(), "with"), "a page");
    let output = project.infra(&["run", "without"]).output().expect_code(1);
    assert!(output.stderr.contains("docs/a: Permission denied"), "{}", output.stderr);
}
