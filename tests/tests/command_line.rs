//! A wrong command line is refused with what was meant.

use infra_tests::{Output, Project};
use insta::assert_snapshot;

const INFRAFILE: &str = r#"
[project]
name = "demo"

[params]
PROFILE = { default = "local", choices = ["local", "aws"], help = "Where" }
PORT = { default = 3000 }

[tasks.deploy]
aliases = ["ship"]
run = ["echo", "${PROFILE}", "${PORT}"]

[tasks.new-app]
params = { APP = { pattern = "^[a-z]+$", required = true, help = "Application name" } }
run = ["echo", "${APP}"]

[tasks.secret]
private = true
run = ["true"]

[tasks.both]
steps = ["new-app", "secret"]
"#;

fn refused(project: &Project, args: &[&str]) -> Output {
    let output = project.infra(args).output();
    assert_eq!(output.stdout, "");
    output
}

#[test]
fn an_unknown_task_names_the_nearest() {
    let project = Project::new(INFRAFILE);
    assert_snapshot!(refused(&project, &["run", "deplo", "shipp", "nothing"]).expect_code(64).told(&project), @"
    error: there is no task `deplo`
      hint: did you mean `deploy`?

    error: there is no task `shipp`
      hint: did you mean `ship`?

    error: there is no task `nothing`
      hint: `infra list` shows the tasks
    ");
}

#[test]
fn a_wrong_value_is_refused_with_the_choices() {
    let project = Project::new(INFRAFILE);
    assert_snapshot!(refused(&project, &["run", "deploy", "PROFILE=awz", "PORT=x", "PROT=1"]).expect_code(64).told(&project), @"
    error: `PROFILE` cannot be `awz`: it is one of `local`, `aws`
      hint: did you mean `aws`?

    error: `PORT` cannot be `x`: it must be a whole number

    error: unknown parameter `PROT`
      hint: did you mean `PORT`?
    ");
}

#[test]
fn a_missing_value_is_asked_for_once() {
    let project = Project::new(INFRAFILE);
    assert_snapshot!(refused(&project, &["run", "new-app"]).expect_code(64).told(&project), @"
    error: the task `new-app` needs a value for `APP`
      hint: give it on the command line: `APP=VALUE`  (Application name)
    ");
}

#[test]
fn a_value_that_does_not_match_is_refused_once() {
    let project = Project::new(INFRAFILE);
    assert_snapshot!(refused(&project, &["run", "new-app", "APP=A1"]).expect_code(64).told(&project), @"
    error: `APP` cannot be `A1`: it must match `^[a-z]+$`
      hint: APP: Application name
    ");
}

#[test]
fn a_missing_value_of_a_call_is_an_error_of_the_infrafile() {
    let project = Project::new(INFRAFILE);
    assert_snapshot!(refused(&project, &["run", "both"]).expect_code(78).told(&project), @r#"
    error: the task `new-app` needs a value for `APP`
      --> Infrafile.toml:22:10
       |
    22 | steps = ["new-app", "secret"]
       |          ^^^^^^^^^ called here
       |
       = help: give it in the call: `with = { APP = … }`  (Application name)
    "#);
}

#[test]
fn a_value_that_nothing_takes_is_refused() {
    let project = Project::new(INFRAFILE);
    assert_snapshot!(refused(&project, &["run", "deploy", "APP=shop"]).expect_code(64).told(&project), @"
    error: `APP` would change nothing: `deploy` does not take it
      hint: it is a parameter of `new-app`
    ");
}

#[test]
fn a_private_task_is_refused() {
    let project = Project::new(INFRAFILE);
    assert_snapshot!(refused(&project, &["run", "secret"]).expect_code(64).told(&project), @"
    error: the task `secret` is private
      --> Infrafile.toml:17:8
       |
    17 | [tasks.secret]
       |        ^^^^^^ declared here
       |
       = help: other tasks may need it
    ");
}

#[test]
fn run_without_a_task_says_what_to_do() {
    let project = Project::new(INFRAFILE);
    assert_snapshot!(refused(&project, &["run"]).expect_code(64).told(&project), @"
    error: no task is named
      hint: `infra list` shows the tasks: `infra run TASK`
    ");
}

#[test]
fn an_unknown_verb_names_the_nearest() {
    let project = Project::new(INFRAFILE);
    let output = refused(&project, &["rum", "deploy"]).expect_code(64);
    assert!(output.stderr.contains("'run'"), "{}", output.stderr);
}

#[test]
fn an_unknown_option_is_refused() {
    let project = Project::new(INFRAFILE);
    let output = refused(&project, &["run", "--keep-goin", "deploy"]).expect_code(64);
    assert!(output.stderr.contains("--keep-going"), "{}", output.stderr);
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let project = Project::new(INFRAFILE);
    assert_snapshot!(refused(&project, &["-C", "nowhere", "list"]).expect_code(64).told(&project), @"
    error: PROJECT/nowhere does not exist
      hint: correct `-C`, or INFRA_DIRECTORY
    ");
    assert_snapshot!(refused(&project, &["-C", "Infrafile.toml", "list"]).expect_code(64).told(&project), @"
    error: PROJECT/Infrafile.toml is not a directory
      hint: correct `-C`, or INFRA_DIRECTORY
    ");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let project = Project::new(INFRAFILE);
    assert_snapshot!(refused(&project, &["-f", "nothing.toml", "list"]).expect_code(78).told(&project), @"
    error: PROJECT/nothing.toml cannot be read: No such file or directory (os error 2)
      hint: `infra init` makes an Infrafile
    ");
}

#[test]
fn the_infrafile_is_found_from_below_and_by_options() {
    let project = Project::new(INFRAFILE);
    project.file("a/b/c", "");
    for args in [["-C", "a/b", "list"], ["--file", "a/../Infrafile.toml", "list"]] {
        let output = project.infra(&args).output().expect_success();
        assert!(output.stdout.starts_with("demo\n"), "{}", output.stdout);
    }
}
