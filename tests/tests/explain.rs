//! `infra explain`: all that is known of a task before it runs.

use infra_tests::{Output, Project};
use insta::assert_snapshot;
use serde_json::{Value, json};

const INFRAFILE: &str = r#"
[project]
name = "demo"

[params]
PROFILE = { default = "local", choices = ["local", "aws"] }
REGION  = { default = "here", env = "DEMO_REGION" }
TOKEN   = "none"
SIZE    = 1

[profile.aws.params]
SIZE = 3

[tasks.prepare]
run = ["true"]

[tasks.deploy]
help    = "Deploy an application"
params  = { APP = { required = true }, PORT = 80 }
needs   = ["prepare"]
run     = ["echo", "${APP}:${PORT}", "${REGION}", "${SIZE}"]
timeout = "5m"
retries = 3
locks   = ["deploy"]
finally = ["tidy"]

[tasks.tidy]
private = true
sh      = "true"

[tasks.greedy]
uses = "std/process"
with = { argv = ["git", "status"] }
"#;

fn explain(project: &Project, args: &[&str]) -> Output {
    project.infra(&[&["explain"], args].concat()).output()
}

#[expect(clippy::unwrap_used, reason = "output that is no JSON fails the test")]
fn json_of(output: &Output) -> Value {
    serde_json::from_str(&output.clone().expect_success().stdout).unwrap()
}

/// Digests change with the standard tasks.
fn without_digests(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split_once("sha256:").map_or_else(|| line.to_owned(), |(before, _)| format!("{before}sha256:…")));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn values_say_where_they_come_from_and_steps_what_they_wait_for() {
    let project = Project::new(INFRAFILE);
    project.file(".env", "TOKEN=abc\n");
    let call = project.infra(&["explain", "deploy", "APP=web", "PROFILE=aws"]).env("DEMO_REGION", "there");
    assert_snapshot!(without_digests(&call.output().expect_success().stdout), @r#"
    deploy  Deploy an application

    Does
      echo ${APP}:${PORT} ${REGION} ${SIZE}

    Component
      std/process
      sha256:…

    Values
      APP = web       command line
      PORT = 80       default
      REGION = there  environment variable DEMO_REGION
      SIZE = 3        profile aws

    Other parameters of the project
      PROFILE = aws  command line
      TOKEN = abc    .env

    Order
      1 prepare
      2 deploy   after 1
      3 tidy     afterwards, whatever happened

    Needs
      process = [{ program = "echo" }]
      all of it is granted

    Granted
      its own program with exactly these arguments

    Rules
      has 5m 00s for an attempt
      has 3 attempts
      never runs beside another that locks deploy

    Limits
      time of an attempt  5m 00s
      attempts            3
      memory              256 MiB
      log                 64 MiB
      host calls          10000000
      locks               deploy
    "#);
}

#[test]
fn what_is_missing_is_told_and_not_refused() {
    let project = Project::new(INFRAFILE);
    let shown = explain(&project, &["deploy"]).expect_success().stdout;
    assert!(shown.contains("APP = no value") && shown.contains("must be given"), "{shown}");
    assert!(shown.contains("Cannot be planned\n  the task `deploy` needs a value for `APP`"), "{shown}");
    let shown = explain(&project, &["greedy"]).expect_success().stdout;
    assert!(shown.contains("Lacks in `allow`\n  { process = [{ program = \"git\" }] }"), "{shown}");
    project.file("policy.toml", "files = { read = [\"**\"] }\n");
    let shown = explain(&project, &["greedy", "--policy", "policy.toml"]).expect_success().stdout;
    assert!(shown.contains("Lacks in the policy\n  process = [{ program = \"git\" }]"), "{shown}");
}

#[test]
fn the_last_runs_are_shown_with_their_outcomes() {
    let project = Project::new(INFRAFILE);
    let whole = |project: &Project| json_of(&explain(project, &["tidy", "--json"]));
    assert_eq!(whole(&project)["past"], json!([]));
    for _ in 0..2 {
        project.infra(&["run", "deploy", "APP=web"]).output().expect_success();
    }
    let past = whole(&project)["past"].clone();
    assert_eq!(past.as_array().unwrap().len(), 2, "{past}");
    assert!(past[0]["outcome"] == "changed" && past[0]["duration_ms"].is_u64() && past[0]["run"].is_string(), "{past}");
}

#[test]
fn the_digest_is_that_of_the_component() {
    let project = Project::new(INFRAFILE);
    let explained = json_of(&explain(&project, &["greedy", "--json"]));
    let inspected = json_of(&project.infra(&["inspect", "std/process", "--json"]).output());
    assert_eq!(explained["digest"], inspected["digest"]);
    assert_eq!(explained["needed"], json!(["process = [{ program = \"git\" }]"]));
}

#[test]
fn exactly_one_task_is_explained() {
    let project = Project::new(INFRAFILE);
    for (args, expected) in [(&["nothing"][..], "there is no task"), (&[], "one task"), (&["tidy", "deploy"], "one task")] {
        let refused = explain(&project, args).expect_code(64);
        assert!(refused.stderr.contains(expected), "{}", refused.stderr);
    }
}
