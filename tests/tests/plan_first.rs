//! `infra run --plan-first`: the plan is shown, and somebody says whether it shall be done.

use infra_tests::{Journal, Project};

const INFRAFILE: &str = "
[tasks.make]
locks = ['one']
sh    = 'touch out/made'
allow = [{ files = { write = ['out/**'] } }]

[tasks.look]
uses  = 'std/doctor'
with  = { files = ['out/x'] }
allow = [{ files = { read = ['out/x'] } }]

[tasks.clean]
confirm = 'clean'
sh      = 'touch out/made'
allow   = [{ files = { write = ['out/**'] } }]
";

fn project() -> Project {
    let project = Project::new(INFRAFILE);
    project.file("out/x", "");
    project
}

const PLAN: &str = "Plan: 1 change in 1 task.";

#[test]
fn where_nobody_can_answer_it_is_refused_unless_yes_answers() {
    let project = project();
    for ci in [false, true] {
        let call = |args: &[&str]| {
            let infra = project.infra(args);
            if ci { infra.env("CI", "true") } else { infra }.output()
        };
        let refused = call(&["run", "make", "--plan-first"]).expect_code(64);
        assert!(refused.stderr.contains("there is nobody to ask") && !refused.stderr.contains(PLAN), "{}", refused.stderr);
        assert!(!project.has("out/made"));
    }
    let history = project.infra(&["history"]).output().expect_success();
    assert!(history.stdout.contains("Nothing has run here yet"), "{}", history.stdout);
    let done = project.infra(&["run", "make", "--plan-first", "--yes"]).env("CI", "true").output().expect_success();
    assert!(done.stderr.contains(PLAN) && done.stderr.contains("sh -eu -c 'touch out/made'"), "{}", done.stderr);
    assert!(project.has("out/made"));
}

#[test]
fn somebody_who_sees_the_plan_says_whether_it_is_done() {
    let project = project();
    let shown = project.typed("run make --plan-first", &["n"]).expect_code(64);
    assert!(shown.stdout.contains(PLAN) && shown.stdout.contains("Go on? [y/N]"), "{}", shown.stdout);
    assert!(!project.has("out/made"));
    let history = project.infra(&["history"]).output().expect_success();
    assert!(history.stdout.contains("Nothing has run here yet"), "{}", history.stdout);
    let _done = project.typed("run make --plan-first", &["y"]).expect_success();
    assert!(project.has("out/made"));
    assert_eq!(Journal::of(&project).last().mode, "run");
}

#[test]
fn the_word_of_a_task_is_asked_for_besides() {
    let project = project();
    let wrong = project.typed("run clean --plan-first", &["y", "y"]).expect_code(64);
    assert!(wrong.stdout.contains(PLAN) && wrong.stdout.contains("the answer is not `clean`"), "{}", wrong.stdout);
    assert!(!project.has("out/made"));
    let _done = project.typed("run clean --plan-first", &["yes", "clean"]).expect_success();
    assert!(project.has("out/made"));
}

#[test]
fn where_nothing_would_change_nobody_is_asked_and_a_plan_that_fails_ends_it() {
    let project = project();
    let same = project.typed("run look --plan-first", &[]).expect_success();
    assert!(same.stdout.contains("No changes") && !same.stdout.contains("Go on?"), "{}", same.stdout);
    std::fs::remove_file(project.root().join("out/x")).unwrap();
    let failed = project.typed("run look --plan-first", &["y"]).expect_code(69);
    assert!(failed.stdout.contains("the plan failed; nothing was run"), "{}", failed.stdout);
    let both = project.infra(&["run", "look", "--plan-first", "--dry-run"]).output().expect_code(64);
    assert!(both.stderr.contains("--dry-run"), "{}", both.stderr);
}
