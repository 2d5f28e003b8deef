//! `infra graph`: what tasks call.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use infra_tests::Project;
use insta::assert_snapshot;
use serde_json::{Value, json};

const INFRAFILE: &str = r#"
[project]
name = "demo"

[params]
ENV = { type = "list", default = ["dev"] }

[tasks.up]
help    = "Bring everything up"
steps   = ["check", { task = "deploy", with = { ENV = ["dev"] } }]
finally = ["tidy"]

[tasks.check]
run = ["true"]

[tasks.deploy]
help   = "Deploy to each environment"
needs  = ["build", "check"]
matrix = { env = ["${ENV}"] }
serial = true
run    = ["false", "${matrix.env}"]

[tasks.build]
needs   = ["check"]
when    = { ENV = "dev" }
confirm = "yes"
run     = ["true"]

[tasks.tidy]
private = true
sh      = "true"

[tasks.alone]
run = ["true"]
"#;

#[test]
fn a_task_is_a_tree() {
    let project = Project::new(INFRAFILE);
    assert_snapshot!(project.infra(&["graph", "up"]).output().expect_success().stdout, @"
    up  Bring everything up
    ├─ 1 check
    ├─ 2 deploy (ENV=dev)  [for each env, one after the other]
    │  ├─ build  [when ENV is dev; asks for `yes`]
    │  │  └─ check  see above
    │  └─ check  see above
    └─ finally tidy
    ");
}

#[test]
fn without_a_task_all_are_shown() {
    let project = Project::new(INFRAFILE);
    let shown = project.infra(&["graph"]).output().expect_success().stdout;
    let starts: Vec<&str> = shown.lines().filter(|line| line.starts_with(char::is_alphabetic)).collect();
    assert_eq!(starts, ["alone", "up  Bring everything up"]);
}

fn graph_json(project: &Project, args: &[&str]) -> Value {
    let args: Vec<&str> = ["graph", "--format", "json"].into_iter().chain(args.iter().copied()).collect();
    serde_json::from_str(&project.infra(&args).output().expect_success().stdout).unwrap()
}

#[test]
fn links_are_told_with_their_kind_and_tasks_with_their_last_time() {
    let project = Project::new(INFRAFILE);
    let graph = graph_json(&project, &["up"]);
    let names: Vec<&str> = graph["tasks"].as_array().unwrap().iter().map(|task| task["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["up", "check", "deploy", "tidy", "build"]);
    assert_eq!(graph["links"][0], json!({ "from": "up", "to": "check", "kind": "step", "step": 1, "with": null }));
    assert_eq!(graph["links"][2]["kind"], "finally");
    assert!(graph["tasks"].as_array().unwrap().iter().all(|task| task["last"].is_null()), "{graph}");
    project.infra(&["run", "up", "--yes"]).output().expect_code(1);
    let graph = graph_json(&project, &["up"]);
    let outcomes: Vec<&str> =
        graph["tasks"].as_array().unwrap().iter().map(|task| task["last"]["outcome"].as_str().unwrap_or("none")).collect();
    assert_eq!(outcomes, ["failed", "succeeded", "failed", "succeeded", "succeeded"], "{graph}");
}

#[test]
fn other_formats_are_whole() {
    let project = Project::new(INFRAFILE);
    let format = |format: &str| project.infra(&["graph", "up", "--format", format]).output().expect_success().stdout;
    let dot = format("dot");
    assert!(dot.starts_with("digraph \"demo\" {") && dot.trim_end().ends_with('}') && dot.contains("t0 -> t1"), "{dot}");
    let mermaid = format("mermaid");
    assert!(mermaid.starts_with("flowchart LR\n") && mermaid.contains("t0 -.->|\"finally\"| t3"), "{mermaid}");
    let html = format("html");
    assert!(
        html.starts_with("<!doctype html>") && html.contains("demo · up") && html.matches("class=\"task ").count() == 5,
        "{html}"
    );
}

#[test]
fn a_task_that_is_not_there_is_refused_with_the_nearest() {
    let project = Project::new(INFRAFILE);
    let output = project.infra(&["graph", "deplo"]).output().expect_code(64);
    assert!(output.stderr.contains("did you mean `deploy`?"), "{}", output.stderr);
    assert!(!project.infra(&["graph", "up", "NOTHING=1"]).output().stderr.is_empty());
}
