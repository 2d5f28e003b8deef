//! What the journal tells of past runs: `show`, `diff`, `logs`, and which runs are kept.

use infra_tests::{Journal, Output, Project, wait_for};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};

const INFRAFILE: &str = r#"
[project]
name = "demo"

[params]
PROFILE = { default = "local", choices = ["local", "aws"] }
COUNT   = { type = "integer", default = 3 }

[tasks.version]
uses = "std/process"
with = { argv = ["echo", "${PROFILE}"], output = "both" }
allow = [{ process = [{ program = "echo" }] }]

[tasks.flaky]
needs = ["version"]
sh = "cat fixed"
allow = [{ files = { read = ["fixed"] } }]
retries = { attempts = 2, backoff = "1ms" }

[tasks.after]
needs = ["flaky"]
run = ["true"]

[tasks.waits]
sh = "echo one; while ! test -e go; do sleep 0.05; done; echo two"
allow = [{ files = { read = ["go"] } }]
"#;

fn call(project: &Project, args: &[&str]) -> Output {
    project.infra(args).output()
}

fn parsed(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).expect("it is JSON")
}

/// The names of the runs, the newest first.
fn runs(project: &Project) -> Vec<String> {
    let listed = parsed(&call(project, &["history", "--json"]).expect_success());
    listed.as_array().into_iter().flatten().filter_map(|run| Some(run["run"].as_str()?.to_owned())).collect()
}

/// Without what differs from time to time.
fn told(output: &Output, project: &Project) -> String {
    let lines = output.shown(project);
    let differs = |line: &&str| line.starts_with("  started ") || line.starts_with("  infra 0") || line.contains("duration_ms");
    // A column is as wide as its longest time.
    let narrow = |line: &str| {
        let (indent, text) = line.split_at(line.len() - line.trim_start().len());
        format!("{indent}{}", text.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("  "))
    };
    lines.lines().filter(|line| !differs(line)).map(narrow).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_run_is_shown_with_its_steps_effects_parameters_and_results() {
    let project = Project::new(INFRAFILE);
    project.file(".git/HEAD", "0123456789abcdef0123456789abcdef01234567\n");
    call(&project, &["run", "after", "PROFILE=aws"]).expect_code(1);
    assert_snapshot!(told(&call(&project, &["show"]).expect_success(), &project), @r#"
    RUN  failed in TIME, exit code 1

    Run
      infra run after
      revision 0123456789abcdef0123456789abcdef01234567

    Parameters
      COUNT = 3  default
      PROFILE = aws  command line

    Steps
      version  done  TIME  changed
      flaky  failed  TIME  2 attempts
      after  not run  flaky failed

    Failures
      flaky: `sh` ended with exit code 1 (failed)

    Effects
      [version]  performed  process.run  TIME  echo aws  exit code 0
      [flaky]  performed  process.run  TIME  sh -eu -c 'cat fixed'  exit code 1
      [flaky]  performed  process.run  TIME  sh -eu -c 'cat fixed'  exit code 1

    Results
    "#);
    assert!(call(&project, &["show"]).expect_success().stdout.contains("\"stdout\":\"aws\""));
    let shown = parsed(&call(&project, &["show", "last", "--json"]).expect_success());
    assert_eq!(shown["params"], json!({ "PROFILE": "aws", "COUNT": 3 }));
    assert_eq!(shown["about"]["origins"], json!({ "PROFILE": "command line", "COUNT": "default" }));
    assert_eq!(shown["about"]["revision"], "0123456789abcdef0123456789abcdef01234567");
    assert_eq!(shown["steps"][1]["attempts"], 2);
    assert_eq!(shown["steps"][2]["needs"], json!([1]));
    assert!(shown["steps"][0]["digest"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(shown["effects"][0]["name"], "version");
    assert_eq!((&shown["effects"][0]["kind"], &shown["effects"][0]["state"]), (&json!("process.run"), &json!("performed")));
    let log = call(&project, &["logs", "last", "flaky"]).expect_success().stdout;
    assert!(log.contains("attempt 1 failed: `sh` ended with exit code 1"), "{log}");
}

#[test]
fn two_runs_are_compared() {
    let project = Project::new(INFRAFILE);
    call(&project, &["run", "flaky", "PROFILE=aws"]).expect_code(1);
    project.file("fixed", "repaired\n");
    call(&project, &["run", "flaky"]).expect_success();
    call(&project, &["run", "flaky"]).expect_success();
    let runs = runs(&project);
    assert_snapshot!(call(&project, &["diff", &runs[2], &runs[1]]).expect_success().shown(&project), @r#"
    RUN  RUN

    Run
      exit code  1       → 0
      outcome    failed  → succeeded

    Parameters
      PROFILE  aws  → local

    Steps
      flaky            failed: `sh` ended with exit code 1  → done, changed
      flaky: attempts  2                                    → 1
      flaky: result    –                                    → {"exit_code":0}
      version: result  {"exit_code":0,"stdout":"aws"}       → {"exit_code":0,"stdout":"local"}

    Effects
      [flaky] performed process.run sh -eu -c 'cat fixed'  2 ×    → 1 ×
      [version] performed process.run echo aws             1 ×    → never
      [version] performed process.run echo local           never  → 1 ×
    "#);
    let same = call(&project, &["diff", &runs[1]]).expect_success();
    assert_snapshot!(same.shown(&project), @"
    RUN  RUN

    Nothing differs.
    ");
    let compared = parsed(&call(&project, &["diff", &runs[2], "last", "--json"]).expect_success());
    assert_eq!(compared["params"], json!([{ "what": "PROFILE", "left": "aws", "right": "local" }]));
    assert_eq!(compared["run"][0], json!({ "what": "exit code", "left": 1, "right": 0 }));
    call(&project, &["diff", "nope"]).expect_code(64);
}

#[test]
fn a_log_is_followed_to_the_end_of_the_run() {
    let project = Project::new(INFRAFILE);
    let run = project.infra(&["run", "waits"]).start();
    wait_for("the run has begun", || project.home().join("state/infra/journal.sqlite").exists() && runs(&project).len() == 1);
    let mut follower = project.infra(&["logs", "-f"]).start();
    let mut lines = BufReader::new(follower.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
    assert_eq!(lines.next().as_deref(), Some("[waits] one"));
    project.file("go", "");
    assert_eq!(lines.next().as_deref(), Some("[waits] two"));
    assert_eq!(lines.next(), None);
    assert!(follower.wait().is_ok_and(|status| status.success()));
    assert!(run.wait_with_output().is_ok_and(|output| output.status.success()));
    // A run that has ended has nothing more to wait for.
    assert_eq!(call(&project, &["logs", "-f"]).expect_success().stdout, "[waits] one\n[waits] two\n");
}

#[test]
fn a_word_that_names_no_run_may_name_a_task() {
    let project = Project::new(INFRAFILE);
    call(&project, &["run", "version"]).expect_success();
    project.file("go", "");
    call(&project, &["run", "waits"]).expect_success();
    assert_eq!(call(&project, &["logs", "version"]).expect_success().stdout, "local\n");
    call(&project, &["logs", "flaky"]).expect_code(64);
}

#[test]
fn old_runs_are_forgotten_by_count_and_by_age() {
    let project = Project::new(INFRAFILE);
    let run = |name: &str, value: &str| project.infra(&["run", "version"]).env(name, value).output();
    for _ in 0..4 {
        run("INFRA_KEEP_RUNS", "2").expect_success();
    }
    let kept = runs(&project);
    assert_eq!(kept.len(), 3, "two, and the one that started");
    call(&project, &["show", &kept[2]]).expect_success();
    run("INFRA_KEEP_DAYS", "1").expect_success();
    assert_eq!(runs(&project).len(), 4);
    run("INFRA_KEEP_DAYS", "0").expect_success();
    assert_eq!(runs(&project).len(), 1);
    call(&project, &["show", &kept[2]]).expect_code(64);
    assert_eq!(Journal::of(&project).runs().len(), 1);
    let wrong = run("INFRA_KEEP_RUNS", "many").expect_code(64);
    assert_snapshot!(wrong.told(&project), @"
    error: INFRA_KEEP_RUNS is `many`
      hint: it is a whole number, such as 100
    ");
}

#[test]
fn a_mistake_in_the_infrafile_does_not_hide_the_past() {
    let project = Project::new(INFRAFILE);
    call(&project, &["run", "version"]).expect_success();
    project.file("Infrafile.toml", "[tasks.version]\nnonsense = 1\n");
    call(&project, &["run", "version"]).expect_code(78);
    for verb in ["show", "logs", "history"] {
        let output = call(&project, &[verb]).expect_success();
        assert!(output.stdout.contains("version"), "{verb}: {}", output.stdout);
    }
}

#[test]
fn a_damaged_journal_is_told_and_the_next_run_begins_a_new_one() {
    let project = Project::new(INFRAFILE);
    call(&project, &["run", "version"]).expect_success();
    let journal = project.home().join("state/infra/journal.sqlite");
    let bytes = std::fs::read(&journal).unwrap();
    std::fs::write(&journal, [&b"this is no database"[..], &bytes[19..]].concat()).unwrap();
    // What was written last is in a log beside it.
    let _ = std::fs::remove_file(journal.with_extension("sqlite-wal"));
    for args in [&["show"][..], &["logs"], &["diff", "last"], &["history"]] {
        let output = call(&project, args).expect_code(74);
        assert!(output.stderr.contains("puts a damaged journal aside"), "{args:?}: {}", output.stderr);
    }
    let run = call(&project, &["run", "version"]).expect_success();
    assert!(run.stderr.contains("the journal was damaged; it is kept as "), "{}", run.stderr);
    assert_eq!(runs(&project).len(), 1);
}
