//! What a run writes for the services and tools around it.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use infra_tests::{Infra, Project};
use serde_json::Value;
use std::fs;

const INFRAFILE: &str = r#"[project]
name = "demo"

[tasks.good]
run = ["echo", "::error::forged"]

[tasks.version]
uses  = "std/process"
with  = { argv = ["echo", "1.2.3"], output = "capture" }
allow = [{ process = [{ program = "echo" }] }]

[tasks.bad]
needs = ["good"]
sh    = "echo '<last> words & more'; exit 3"

[tasks.after]
needs = ["bad"]
run   = ["true"]

[tasks.asks]
confirm = "yes"
run     = ["true"]
"#;

fn github(project: &Project, args: &[&str]) -> Infra {
    let root = project.root();
    project
        .infra(args)
        .env("CI", "true")
        .env("GITHUB_ACTIONS", "true")
        .env("NO_COLOR", "1")
        .env("GITHUB_WORKSPACE", root.parent().unwrap())
        .env("GITHUB_STEP_SUMMARY", root.join("summary.md"))
        .env("GITHUB_OUTPUT", root.join("output"))
}

#[test]
fn github_gets_groups_and_failures_where_they_are_declared() {
    let project = Project::new(INFRAFILE);
    let output = github(&project, &["run", "after", "-j1"]).output().expect_code(3);
    let commands: Vec<&str> = output.stderr.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(
        commands,
        [
            "::group::good",
            "::endgroup::",
            "::group::bad",
            "::endgroup::",
            "::error file=project/Infrafile.toml,line=12,title=bad failed::`sh` ended with exit code 3",
        ],
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("<last> words & more"), "{}", output.stderr);
    // Anywhere else nothing of it is written.
    let plain = project.infra(&["run", "after", "-j1"]).env("CI", "true").output().expect_code(3);
    assert!(!plain.stderr.contains("::group"), "{}", plain.stderr);
    let none = github(&project, &["run", "after", "--ci", "none"]).output().expect_code(3);
    assert!(!none.stderr.contains("::group"), "{}", none.stderr);
    let named = project.infra(&["run", "good", "--ci", "github"]).output().expect_success();
    assert!(named.stderr.contains("::group::good"), "{}", named.stderr);
}

#[test]
fn github_gets_a_summary_and_results() {
    let project = Project::new(INFRAFILE);
    project.file("output", "before=1\n");
    github(&project, &["run", "version", "after", "--keep-going"]).output().expect_code(3);
    let summary = project.read("summary.md");
    for part in [
        "### ❌ infra run version after: failed in",
        "| ✗ | bad |",
        "| · | after |  | not run: bad failed |",
        "<last> words & more",
    ] {
        assert!(summary.contains(part), "{part}\n{summary}");
    }
    let output = project.read("output");
    assert!(output.starts_with("before=1\nrun="), "{output}");
    for line in ["outcome=failed", "changed=true", "failed=bad", "exit-code=3"] {
        assert!(output.lines().any(|known| known == line), "{line}\n{output}");
    }
    let results = output.lines().find(|line| line.starts_with('{')).unwrap();
    let results: Value = serde_json::from_str(results).unwrap();
    assert_eq!(results["version"]["stdout"], "1.2.3");
    // A plan is no run.
    fs::remove_file(project.root().join("summary.md")).unwrap();
    github(&project, &["plan", "good"]).output().expect_success();
    assert_eq!(fs::read_to_string(project.root().join("summary.md")).unwrap_or_default(), "");
}

#[test]
fn gitlab_gets_sections() {
    let project = Project::new(INFRAFILE);
    let output = project.infra(&["run", "bad", "-j1"]).env("CI", "true").env("GITLAB_CI", "true").output().expect_code(3);
    let marks: Vec<&str> = output.stderr.split("\u{1b}[0Ksection_").skip(1).filter_map(|part| part.split(':').next()).collect();
    assert_eq!(marks, ["start", "end", "start", "end"], "{:?}", output.stderr);
}

#[test]
fn junit_says_how_each_step_ended() {
    let project = Project::new(INFRAFILE);
    project.infra(&["run", "after", "--junit", "reports/junit.xml"]).output().expect_code(3);
    let text = project.read("reports/junit.xml");
    let document = roxmltree::Document::parse(&text).unwrap();
    let suite = document.root_element().first_element_child().unwrap();
    let counts = ["tests", "failures", "errors", "skipped"].map(|name| suite.attribute(name).unwrap());
    assert_eq!(counts, ["3", "1", "0", "1"], "{text}");
    let cases: Vec<(&str, Option<&str>)> = suite
        .children()
        .filter(roxmltree::Node::is_element)
        .map(|case| (case.attribute("name").unwrap(), case.first_element_child().map(|inner| inner.tag_name().name())))
        .collect();
    assert_eq!(cases, [("good", None), ("bad", Some("failure")), ("after", Some("skipped"))], "{text}");
    let log = document.descendants().find(|node| node.has_tag_name("system-out")).unwrap();
    assert_eq!(log.text(), Some("<last> words & more"));
}

#[test]
fn a_trace_has_a_slice_for_each_attempt() {
    let project = Project::new(INFRAFILE);
    project.infra(&["run", "after", "--trace", "trace.json"]).output().expect_code(3);
    let trace: Value = serde_json::from_str(&project.read("trace.json")).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let named = |phase: &str| -> Vec<&str> {
        events.iter().filter(|event| event["ph"] == phase).map(|event| event["name"].as_str().unwrap()).collect()
    };
    assert_eq!(named("X"), ["good", "bad"]);
    assert_eq!(named("i"), ["process.run", "process.run"]);
    for event in events {
        for key in ["ph", "pid", "tid", "name"] {
            assert!(!event[key].is_null(), "{event}");
        }
        assert!(event["ph"] == "M" || event["ts"].is_u64(), "{event}");
    }
}

#[test]
fn a_report_that_cannot_be_written_stops_the_run_before_it_starts() {
    let project = Project::new(INFRAFILE);
    project.file("blocked", "");
    for flag in ["--junit", "--trace"] {
        let output = project.infra(&["run", "good", flag, "blocked/file"]).output().expect_code(74);
        assert!(output.stderr.contains("cannot be written") && !output.stderr.contains("started"), "{}", output.stderr);
    }
}

#[test]
fn nobody_is_asked_in_a_pipeline() {
    let project = Project::new(INFRAFILE);
    let output = github(&project, &["run", "asks"]).output().expect_code(64);
    assert!(output.stderr.contains("--yes"), "{}", output.stderr);
    github(&project, &["run", "asks", "--yes"]).output().expect_success();
}
