//! What orders and bounds a run: locks, retries, time limits, confirmations, preconditions, finalizers, `-j`, `-k`, `-n`.

use infra_tests::{Output, Project, Running, wait_for};
use insta::assert_snapshot;

fn run(project: &Project, args: &[&str]) -> Output {
    let args: Vec<&str> = std::iter::once("run").chain(args.iter().copied()).collect();
    project.infra(&args).output()
}

const WRITES: &str = "allow = [{ files = { read = ['**'], write = ['out/**'] } }]";

#[test]
fn a_lock_is_held_by_one_run_at_a_time() {
    let project = Project::new(&format!(
        "[tasks.hold]\nlocks = ['terraform']\nsh = 'touch out/held; until [ -e out/free ]; do sleep 0.05; done'\n{WRITES}\n\
         [tasks.same]\nlocks = ['terraform']\nrun = ['true']\n[tasks.other]\nlocks = ['else']\nrun = ['true']\n"
    ));
    project.file("out/x", "");
    let holder = project.infra(&["run", "hold"]).start();
    wait_for("the lock is held", || project.has("out/held"));
    let told = run(&project, &["same"]).expect_code(75).told(&project);
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let process = format!("process {} on {}, since 20", holder.id(), host.trim());
    let (before, since) = told.split_once(&process).unwrap();
    assert_eq!(before, "error: another run holds the lock `terraform`: `infra run hold`, ");
    assert!(since.contains("\n  hint: `--wait` waits until it has ended"), "{since}");
    run(&project, &["other"]).expect_success();

    let waits = Running::new(project.infra(&["run", "same", "--wait", "--output", "json"]).start(), |_, _| {});
    waits.wait_for_event("waiting is told", |event| {
        event["type"] == "notice"
            && event["text"].as_str().is_some_and(|text| text.starts_with("waiting for the lock `terraform`: `infra run hold`"))
    });
    project.file("out/free", "");
    assert!(holder.wait_with_output().unwrap().status.success());
    let _waited = waits.end().expect_success();
    run(&project, &["same"]).expect_success();
}

#[test]
fn the_lock_of_a_run_that_is_dead_is_free() {
    let project = Project::new(&format!(
        "[tasks.hold]\nlocks = ['terraform']\nsh = 'touch out/held; sleep 86400'\n{WRITES}\n[tasks.same]\nlocks = ['terraform']\nrun = ['true']\n"
    ));
    project.file("out/x", "");
    let holder = Running::new(project.infra(&["run", "hold"]).start(), |_, _| {});
    wait_for("the lock is held", || project.has("out/held"));
    run(&project, &["same"]).expect_code(75);
    holder.kill();
    assert_eq!(holder.end().code, None);
    run(&project, &["same"]).expect_success();

    // What is in a lock's file is believed only of a process that lives.
    let locks = project.home().join("state/infra/locks");
    let lock = std::fs::read_dir(locks).unwrap().next().unwrap().unwrap().path();
    let held = std::fs::File::open(lock).unwrap();
    rustix::fs::flock(&held, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let told = run(&project, &["same"]).expect_code(75);
    assert!(told.stderr.contains("of `infra run same` has ended, and another has its lock now"), "{}", told.stderr);
}

#[test]
fn a_failure_is_tried_again_and_the_last_one_counts() {
    let project = Project::new(&format!(
        "[tasks.third]\nretries = {{ attempts = 3, backoff = '1ms' }}\nsh = 'echo x >> out/n; [ $(wc -l < out/n) = 3 ]'\n{WRITES}\n\
         [tasks.never]\nretries = {{ attempts = 2, backoff = '1ms' }}\nsh = 'echo x >> out/m; exit 9'\n{WRITES}\n"
    ));
    project.file("out/x", "");
    let output = run(&project, &["third"]).expect_success();
    assert!(output.stderr.contains("failed (attempt 2)"), "{}", output.stderr);
    assert_eq!(project.read("out/n").lines().count(), 3);
    run(&project, &["never"]).expect_code(9);
    assert_eq!(project.read("out/m").lines().count(), 2);
}

#[test]
fn a_task_that_takes_too_long_is_stopped() {
    let project = Project::new("[tasks.x]\nrun = ['sleep', '60']\ntimeout = '100ms'\n");
    assert_snapshot!(run(&project, &["x"]).expect_code(124).told(&project), @"
    [x] started
    [x] failed in TIME: the task did not end within 0.1 s

    ✗ x: the task did not end within 0.1 s
      hint: raise `timeout`, or look at the last log lines

    Failed: 1 of 1 task in TIME
    Resume with: infra resume RUN
    ");
}

#[test]
fn what_asks_for_a_word_is_refused_without_a_terminal() {
    let project = Project::new("[tasks.clean]\nconfirm = 'destroy'\nrun = ['echo', 'gone']\n[tasks.all]\nneeds = ['clean']\n");
    let told = run(&project, &["all"]).expect_code(64).told(&project);
    assert_snapshot!(told, @"
    error: the task `clean` asks for the word `destroy`, and there is nobody to ask
      hint: answer it with `--yes`
    ");
    assert!(run(&project, &["all", "--yes"]).expect_success().stderr.contains("gone"));
    assert!(project.infra(&["run", "-y", "clean"]).output().expect_success().stderr.contains("gone"));
    run(&project, &["-n", "all"]).expect_success();
}

#[test]
fn all_preconditions_are_looked_at_before_anything_runs() {
    let project = Project::new(
        r#"
[tasks.first]
run = ["echo", "ran"]
preconditions = [{ exists = "kubeconfig", message = "no kubeconfig", hint = "infra run cluster" }]

[tasks.second]
needs = ["first"]
run = ["true"]
preconditions = [{ exists = "a" }]
"#,
    );
    assert_snapshot!(run(&project, &["second"]).expect_code(1).told(&project), @"
    error: what tasks need is not there:
      second: `a` does not exist
      first: no kubeconfig
        hint: infra run cluster
    ");
    project.file("kubeconfig", "");
    project.file("a", "");
    run(&project, &["second"]).expect_success();
}

#[test]
fn finalizers_run_after_success_and_after_failure() {
    let project = Project::new(
        "[tasks.clean]\nrun = ['echo', 'cleaned']\n[tasks.good]\nrun = ['true']\nfinally = ['clean']\n\
         [tasks.bad]\nrun = ['false']\nfinally = ['clean']\n[tasks.after]\nneeds = ['bad']\nrun = ['echo', 'never']\n",
    );
    assert!(run(&project, &["good"]).expect_success().stderr.contains("[clean] cleaned"));
    assert_snapshot!(run(&project, &["after"]).expect_code(1).told(&project), @"
    [bad] started
    [bad] failed in TIME: `false` ended with exit code 1
    [after] not run: bad failed
    [clean] started
    [clean] cleaned
    [clean] done in TIME (changed)

    ✗ bad    failed  TIME
    ✓ clean  done  TIME  changed
    · after  not run

    ✗ bad: `false` ended with exit code 1

    Failed: 1 of 3 tasks in TIME, 1 not run
    Resume with: infra resume RUN
    ");
}

#[test]
fn a_failure_stops_what_has_not_started_unless_told_to_keep_going() {
    let project = Project::new(
        "[tasks.bad]\nrun = ['false']\n[tasks.dependent]\nneeds = ['bad']\nrun = ['echo', 'never']\n\
         [tasks.free]\nrun = ['echo', 'free']\n[tasks.all]\nneeds = ['dependent', 'free']\n",
    );
    let fast = run(&project, &["-j1", "all"]).expect_code(1);
    assert!(!fast.stderr.contains("[free] free"), "{}", fast.stderr);
    let keeps = run(&project, &["-j1", "-k", "all"]).expect_code(1);
    assert!(keeps.stderr.contains("[free] free"), "{}", keeps.stderr);
    assert!(!keeps.stderr.contains("never"), "{}", keeps.stderr);
}

#[test]
fn jobs_bound_what_runs_at_once() {
    let meet = |name: &str, other: &str| {
        format!(
            "[tasks.{name}]\nsh = 'touch out/{name}; for i in $(seq 50); do [ -e out/{other} ] && exit 0; sleep 0.1; done; exit 4'\n{WRITES}\n"
        )
    };
    let project = Project::new(&format!("{}{}[tasks.both]\nneeds = ['a', 'b']\n", meet("a", "b"), meet("b", "a")));
    project.file("out/x", "");
    run(&project, &["-j2", "both"]).expect_success();
    let alone = Project::new(
        "[tasks.a]\nmatrix = { n = ['1', '2', '3'] }\nsh = 'mkdir out/one; sleep 0.05; rmdir out/one'\nallow = [{ files = { write = ['out/**'] } }]\n",
    );
    alone.file("out/x", "");
    run(&alone, &["-j1", "a"]).expect_success();
    let none = run(&alone, &["-j0", "a"]).expect_code(64);
    assert!(none.stderr.contains("-j") || none.stderr.contains("--jobs"), "{}", none.stderr);
}

#[test]
fn a_dry_run_tells_and_does_nothing() {
    let project = Project::new(&format!("[tasks.x]\nsh = 'touch out/made'\n{WRITES}\n"));
    project.file("out/x", "");
    let output = run(&project, &["-n", "x"]).expect_success();
    assert_snapshot!(output.shown(&project), @"
    x  known only when applied: process.run sh is unknown until applied
      ~ process.run sh -eu -c 'touch out/made'

    Plan: 1 change in 1 task.
    ");
    assert!(!project.has("out/made"));
    run(&project, &["x"]).expect_success();
    assert!(project.has("out/made"));
}

#[test]
fn an_interactive_task_gets_standard_input() {
    let project = Project::new("[tasks.x]\nrun = ['cat']\ninteractive = true\n[tasks.y]\nrun = ['cat']\n");
    let call = |task: &str| {
        use std::io::Write as _;
        use std::process::{Command, Stdio};
        let mut command = Command::new(infra_tests::binary());
        command.args(["run", task]).current_dir(project.root()).env("HOME", project.home());
        command.env("XDG_CACHE_HOME", infra_tests::binary().with_file_name("test-cache"));
        command.env("XDG_STATE_HOME", project.home().join("state"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(b"typed\n");
        Output::from(child.wait_with_output().unwrap()).expect_success()
    };
    assert_eq!(call("x").stdout, "typed\n");
    let other = call("y");
    assert!(!other.stdout.contains("typed") && !other.stderr.contains("typed"), "{other:?}");
}
