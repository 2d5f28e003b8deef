//! How a run is reported: plain, JSON lines, quiet; what goes to stdout and what to stderr.

#![expect(clippy::panic, reason = "a test that cannot go on fails")]

use infra_tests::{Output, Project};
use insta::assert_snapshot;
use serde_json::Value;

const INFRAFILE: &str = r#"
[project]
name = "demo"

[params]
PROFILE = { default = "local", choices = ["local", "aws"] }

[tasks.version]
uses = "std/process"
with = { argv = ["echo", "1.2.3"], output = "both" }
allow = [{ process = [{ program = "echo" }] }]

[tasks.bad]
needs = ["version"]
sh = "echo trouble; exit 4"

[tasks.after]
needs = ["bad"]
run = ["true"]
"#;

fn call(project: &Project, args: &[&str]) -> Output {
    project.infra(args).output()
}

fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The fields that the schema of JSON lines promises for each type of event.
fn promised(kind: &str) -> &'static [&'static str] {
    match kind {
        "run-started" => &["run", "at", "project", "tasks", "params", "mode", "steps"],
        "notice" => &["level", "text"],
        "step-started" => &["step", "at", "attempt"],
        "step-log" => &["step", "stream", "text"],
        "step-effect" => &["step", "effect", "kind", "target", "write", "action", "summary"],
        "step-retry" => &["step", "attempt", "delay_ms", "error"],
        "step-finished" => &["step", "at", "duration_ms", "outcome"],
        "run-finished" => &["at", "duration_ms", "outcome", "exit_code"],
        other => panic!("an event of the type {other} is not promised"),
    }
}

#[test]
fn without_a_terminal_a_line_tells_each_thing_and_stdout_is_the_result() {
    let project = Project::new(INFRAFILE);
    let output = call(&project, &["run", "version"]).expect_success();
    assert_eq!(output.stdout, "1.2.3\n");
    assert_snapshot!(output.told(&project), @"
    [version] started
    [version] 1.2.3
    [version] done in TIME (changed)
    Done: 1 task in TIME
    ");
    assert_snapshot!(call(&project, &["run", "after"]).expect_code(4).told(&project), @"
    [version] started
    [version] 1.2.3
    [version] done in TIME (changed)
    [bad] started
    [bad] trouble
    [bad] failed in TIME: `sh` ended with exit code 4
    [after] not run: bad failed

    ✓ version  done  TIME  changed
    ✗ bad      failed  TIME
    · after    not run

    ✗ bad: `sh` ended with exit code 4
        trouble

    Failed: 1 of 3 tasks in TIME, 1 not run
    Resume with: infra resume RUN
    ");
}

#[test]
fn no_colour_is_written_where_no_terminal_is_unless_forced() {
    let project = Project::new(INFRAFILE);
    assert!(!call(&project, &["run", "bad"]).expect_code(4).stderr.contains('\u{1b}'));
    let forced = project.infra(&["run", "nothing"]).env("FORCE_COLOR", "1").output().expect_code(64);
    assert!(forced.stderr.contains('\u{1b}'), "{:?}", forced.stderr);
    let both = project.infra(&["run", "nothing"]).env("FORCE_COLOR", "1").env("NO_COLOR", "1").output().expect_code(64);
    assert!(!both.stderr.contains('\u{1b}'), "{:?}", both.stderr);
}

#[test]
fn quiet_tells_failures_only() {
    let project = Project::new(INFRAFILE);
    let output = call(&project, &["run", "-q", "version"]).expect_success();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("1.2.3\n", ""));
    assert_snapshot!(call(&project, &["run", "--output", "quiet", "bad"]).expect_code(4).told(&project), @"
    ✗ bad: `sh` ended with exit code 4
        trouble

    Failed: 1 of 2 tasks in TIME
    Resume with: infra resume RUN
    ");
}

#[test]
fn each_json_line_is_an_event_with_its_fields() {
    let retries = "retries = { attempts = 2, backoff = '1ms' }\nsh = \"echo trouble";
    let project = Project::new(&INFRAFILE.replace("sh = \"echo trouble", retries));
    let output = call(&project, &["run", "after", "-o", "json", "PROFILE=aws"]).expect_code(4);
    let events = events(&output.stderr);
    for event in &events {
        for field in promised(event["type"].as_str().unwrap()) {
            assert!(event.get(field).is_some(), "`{field}` is not in {event}");
        }
    }
    let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).collect::<Vec<_>>();
    assert_eq!((&events[0]["type"], &events[0]["params"]["PROFILE"]), (&"run-started".into(), &"aws".into()));
    assert_eq!(events.last().unwrap()["exit_code"], 4);
    assert_eq!(events.last().unwrap()["outcome"], "failed");
    let steps: Vec<&Value> = events[0]["steps"].as_array().unwrap().iter().map(|step| &step["name"]).collect();
    assert_eq!(steps, ["version", "bad", "after"]);
    let outcomes: Vec<&Value> = of("step-finished").iter().map(|event| &event["outcome"]["kind"]).collect();
    assert_eq!(outcomes, ["succeeded", "failed", "not-run"]);
    assert_eq!(of("step-retry").len(), 1);
    assert_eq!(of("step-effect")[0]["kind"], "process.run");
    assert!(of("step-log").iter().any(|event| event["text"] == "trouble"));
}

#[test]
fn a_result_as_json_is_one_value() {
    let project = Project::new(INFRAFILE);
    let output = call(&project, &["run", "version", "--json", "-o", "json"]).expect_success();
    let result: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(result["stdout"], "1.2.3");
    assert!(!events(&output.stderr).is_empty());
}

#[test]
fn an_error_before_the_run_is_told_in_every_mode() {
    let project = Project::new(INFRAFILE);
    for mode in ["auto", "plain", "json", "quiet"] {
        let output = call(&project, &["run", "vresion", "-o", mode]).expect_code(64);
        assert!(output.stderr.contains("did you mean `version`?"), "{mode}: {}", output.stderr);
    }
    call(&project, &["run", "version", "-o", "loud"]).expect_code(64);
}

#[test]
fn control_characters_of_a_program_do_not_reach_the_report() {
    let project = Project::new("[tasks.x]\nrun = ['printf', '\\033[31mred\\033]0;title\\007 \\302\\233 end\\n']\n");
    let output = call(&project, &["run", "x"]).expect_success();
    assert!(output.stderr.contains("red") && !output.stderr.contains('\u{1b}'), "{:?}", output.stderr);
}
