//! The verbs beside `run`: what they print, and what they end with.

#![expect(clippy::panic, reason = "a test that cannot go on fails")]

use infra_tests::{Output, Project};
use insta::assert_snapshot;
use serde_json::{Value, json};

const INFRAFILE: &str = r#"
[project]
name = "demo"

[params]
PROFILE = { default = "local", choices = ["local", "aws"], help = "Where" }

[profile.aws]
tasks.flaky.skip = "managed"

[tasks.hello]
help = "Say hello"
group = "Talk"
aliases = ["hi"]
run = ["echo", "hello"]

[tasks.flaky]
needs = ["hello"]
sh = "cat fixed"
allow = [{ files = { read = ["fixed"] } }]

[tasks.inner]
private = true
params = { N = { default = 3, help = "How many" } }
run = ["echo", "${N}"]
"#;

fn call(project: &Project, args: &[&str]) -> Output {
    project.infra(args).output()
}

fn parsed(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", output.stdout))
}

#[test]
fn list_gives_json_with_all_that_it_shows() {
    let project = Project::new(INFRAFILE);
    let names = |listed: &Value| -> Vec<String> {
        listed["tasks"].as_array().unwrap().iter().map(|task| task["name"].as_str().unwrap().to_owned()).collect()
    };
    let listed = parsed(&call(&project, &["list", "--json"]).expect_success());
    assert_eq!(listed["project"], "demo");
    assert_eq!(names(&listed), ["flaky", "hello"]);
    let hello = &listed["tasks"][1];
    assert_eq!((&hello["help"], &hello["group"], &hello["aliases"]), (&json!("Say hello"), &json!("Talk"), &json!(["hi"])));
    assert_eq!(listed["params"][0]["choices"], json!(["local", "aws"]));
    let all = parsed(&call(&project, &["list", "--all", "--json"]).expect_success());
    assert_eq!(names(&all), ["flaky", "hello", "inner"]);
    assert_eq!(all["tasks"][2]["params"][0]["default"], 3);
    assert!(call(&project, &["list", "--all"]).expect_success().stdout.contains("inner"));
}

#[test]
fn check_looks_at_every_profile() {
    let project = Project::new(INFRAFILE);
    assert_snapshot!(call(&project, &["check"]).expect_success().shown(&project), @"demo: 3 tasks, 1 profile, no errors, 1 warning");
    project.file("Infrafile.toml", INFRAFILE.replace("skip = \"managed\"", "needs = [\"helo\"]"));
    assert_snapshot!(call(&project, &["check"]).expect_code(78).told(&project), @r#"
    error: unknown task `helo` in `needs` of `flaky`
     --> Infrafile.toml:9:22
      |
    9 | tasks.flaky.needs = ["helo"]
      |                      ^^^^^^ not a task
      |
      = help: did you mean `hello`?
    "#);
}

#[test]
fn a_plan_tells_and_does_nothing() {
    let project = Project::new(INFRAFILE);
    assert_snapshot!(call(&project, &["plan", "flaky"]).expect_success().shown(&project), @"
    hello  known only when applied: process.run echo is unknown until applied
      ~ process.run echo hello
    flaky  known only when applied: process.run sh is unknown until applied
      ~ process.run sh -eu -c 'cat fixed'

    Plan: 2 changes in 2 tasks.
    ");
    call(&project, &["plan", "flaky", "--detailed-exitcode"]).expect_code(2);
    call(&project, &["plan", "flaky", "PROFILE=aws", "--detailed-exitcode"]).expect_success();
    let events = parsed(&call(&project, &["plan", "hello", "--json"]).expect_success());
    let types: Vec<&str> = events.as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["run-started", "step-started", "step-effect", "step-finished", "run-finished"]);
    assert_eq!(call(&project, &["history"]).expect_success().stdout, "Nothing has run here yet.\n");
}

#[test]
fn a_plan_without_changes_ends_with_0() {
    let project =
        Project::new("[tasks.look]\nuses = 'std/doctor'\nwith = { files = ['a'] }\nallow = [{ files = { read = ['a'] } }]\n");
    project.file("a", "");
    let output = call(&project, &["plan", "look", "--detailed-exitcode"]).expect_success();
    assert!(output.stdout.contains("No changes"), "{}", output.stdout);
}

#[test]
fn history_and_logs_show_what_ran() {
    let project = Project::new(INFRAFILE);
    call(&project, &["run", "hello"]).expect_success();
    call(&project, &["run", "flaky", "PROFILE=local"]).expect_code(1);
    let runs = parsed(&call(&project, &["history", "--json"]).expect_success());
    let first = &runs[1];
    assert_eq!((&first["tasks"], &first["outcome"], &first["exit_code"]), (&json!(["hello"]), &json!("succeeded"), &json!(0)));
    let last = &runs[0];
    assert_eq!((&last["outcome"], &last["params"]["PROFILE"], &last["mode"]), (&json!("failed"), &json!("local"), &json!("run")));
    assert_eq!(parsed(&call(&project, &["history", "-n", "1", "--json"]).expect_success()).as_array().unwrap().len(), 1);
    assert!(call(&project, &["history"]).expect_success().stdout.contains("succeeded"));

    let whole = call(&project, &["logs"]).expect_success();
    assert_eq!(whole.stdout, "[hello] hello\n[flaky] cat: fixed: No such file or directory\n");
    let run = first["run"].as_str().unwrap();
    assert_eq!(call(&project, &["logs", run, "hello"]).expect_success().stdout, "hello\n");
    assert_eq!(call(&project, &["logs", run]).expect_success().stdout, "[hello] hello\n");
    let told = call(&project, &["logs", run, "flaky"]).expect_code(64).told(&project);
    assert_snapshot!(told, @"
    error: the run RUN has no task `flaky`
      hint: it has hello
    ");
    assert_snapshot!(call(&project, &["logs", "2"]).expect_code(64).told(&project), @"
    error: the names of several runs start with `2`
      hint: write more of it; `infra history` lists the runs
    ");
    assert_snapshot!(call(&project, &["logs", "nope"]).expect_code(64).told(&project), @"
    error: there is no run `nope`
      hint: `infra history` lists the runs
    ");
}

#[test]
fn where_nothing_has_run_there_is_nothing_to_show_or_resume() {
    let project = Project::new(INFRAFILE);
    assert_eq!(call(&project, &["history"]).expect_success().stdout, "Nothing has run here yet.\n");
    assert_eq!(call(&project, &["history", "--json"]).expect_success().stdout, "[]\n");
    assert_snapshot!(call(&project, &["logs"]).expect_code(64).told(&project), @"
    error: nothing has run here yet
      hint: `infra run TASK` runs a task; `infra list` shows them
    ");
    assert_snapshot!(call(&project, &["resume"]).expect_code(64).told(&project), @"
    error: nothing has run here yet
      hint: `infra run TASK` runs a task; `infra list` shows them
    ");
}

#[test]
fn a_failed_run_is_resumed_after_the_repair() {
    let project = Project::new(INFRAFILE);
    let failed = call(&project, &["run", "flaky", "PROFILE=local"]).expect_code(1);
    let (_, command) = failed.stderr.rsplit_once("Resume with: infra ").unwrap();
    let command: Vec<&str> = command.split_whitespace().collect();
    project.file("fixed", "repaired\n");
    let resumed = call(&project, &command).expect_success();
    assert!(resumed.stderr.contains("[flaky] repaired"), "{}", resumed.stderr);
    let again = call(&project, &["resume"]).expect_success();
    assert!(again.stderr.contains("there is nothing to resume"), "{}", again.stderr);
}

#[test]
fn doctor_tells_what_is_there() {
    let project = Project::new(INFRAFILE);
    let json = parsed(&project.infra(&["doctor", "--json"]).env("DOCKER_HOST", "unix:///nowhere.sock").output().expect_code(69));
    let check = |name: &str| json.as_array().unwrap().iter().find(|check| check["check"] == name).cloned().unwrap_or_default();
    assert_eq!(check("Docker")["state"], "missing");
    assert!(check("Docker")["about"].as_str().unwrap().contains("/nowhere.sock"), "{json}");
    assert_eq!((&check("journal")["state"], &check("cache")["state"]), (&json!("ok"), &json!("ok")));
    let text = project.infra(&["doctor"]).env("DOCKER_HOST", "unix:///nowhere.sock").output().expect_code(69);
    assert!(text.stdout.contains("confinement of programs"), "{}", text.stdout);
}

#[test]
fn init_starts_an_infrafile_that_works_and_overwrites_none() {
    let project = Project::new("");
    project.file("fresh/a", "");
    let made = call(&project, &["-C", "fresh", "init"]).expect_success();
    assert_snapshot!(made.told(&project), @"Made Infrafile.toml. Try: infra list; infra run hello");
    call(&project, &["-C", "fresh", "check"]).expect_success();
    let hello = call(&project, &["-C", "fresh", "run", "hello", "WHO=you"]).expect_success();
    assert!(hello.stderr.contains("[hello] hello you"), "{}", hello.stderr);
    let count = call(&project, &["-C", "fresh", "run", "count"]).expect_success();
    assert!(count.stderr.contains("[count] 2"), "{}", count.stderr);
    project.file("fresh/Infrafile.toml", "# mine\n");
    assert_snapshot!(call(&project, &["-C", "fresh", "init"]).expect_code(64).told(&project), @"
    error: PROJECT/fresh/Infrafile.toml is there already
      hint: `infra check` looks at it
    ");
    assert_eq!(project.read("fresh/Infrafile.toml"), "# mine\n");
}

#[test]
fn version_help_and_completions_need_no_project() {
    let nowhere = tempfile::tempdir().unwrap();
    let project = Project::new("");
    let call = |args: &[&str]| {
        let all = [&["-C", nowhere.path().to_str().unwrap()], args].concat();
        project.infra(&all).output().expect_success()
    };
    assert!(call(&["--version"]).stdout.starts_with("infra "));
    let help = call(&["--help"]).stdout;
    for verb in ["run", "plan", "list", "resume", "history", "logs", "check", "doctor", "init", "new", "build", "inspect"] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(&format!("{verb} "))), "{verb} is not in {help}");
        assert!(!call(&[verb, "--help"]).stdout.is_empty());
    }
    for (args, about) in [(&["man"][..], ".TH infra 1"), (&["man", "run"], "junit")] {
        let page = call(args).stdout;
        assert!(page.contains(about) && page.contains(".SH"), "{page}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(call(&["completions", shell]).stdout.contains("infra"), "{shell}");
    }
}
