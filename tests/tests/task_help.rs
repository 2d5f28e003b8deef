//! `infra run TASK --help`, `infra` alone, and completions: what a person sees before anything runs.

use infra_tests::Project;

const INFRAFILE: &str = r#"
[project]
name = "demo"

[params]
PROFILE = { default = "local", choices = ["local", "aws"], help = "Where it runs" }

[profile.aws]
tasks.backup.skip = "the provider keeps backups"

[grants.data]
files = { read = ["data/**"] }

[tasks.prepare]
private = true
sh = "exit 9"

[tasks.backup]
help    = "Keep a copy of the data"
params  = { NAME = { pattern = "[a-z]+", required = true, help = "What the copy is called" }, KEEP = { default = 3, help = "How many stay" }, KIND = { default = "full", choices = ["full", "partial"] } }
run     = ["tar", "-cf", "${NAME}.tar", "data"]
needs   = ["prepare"]
allow   = ["data", { process = [{ program = "gzip", confine = false }] }]
confirm = "copy"
timeout = "10m"
aliases = ["copy"]

[tasks.compute]
uses = "std/doctor"
"#;

#[test]
fn a_task_says_what_it_takes_and_may_do() {
    let project = Project::new(INFRAFILE);
    let help = project.infra(&["run", "backup", "--help"]).output().expect_success().stdout;
    for part in [
        "backup  Keep a copy of the data",
        "infra run backup NAME=… [KEEP=…] [KIND=…]",
        "runs tar -cf ${NAME}.tar data",
        "NAME  string; required; matches [a-z]+\n      What the copy is called",
        "KEEP  integer; default 3\n      How many stay",
        "KIND  string; default full; one of full|partial",
        "PROFILE  string; default local; one of local|aws\n      Where it runs",
        "Needs\n  prepare",
        "also called copy",
        "asks for the word `copy`",
        "has 10m 00s for an attempt",
        "files = { read = [\"data/**\"] }",
        "process = [{ program = \"gzip\", confine = false }]",
        "its own program with exactly these arguments",
        "infra run backup NAME=… KIND=partial",
    ] {
        assert!(help.contains(part), "{part:?} is not in:\n{help}");
    }
    assert!(!help.contains("is skipped"), "{help}");
}

#[test]
fn help_knows_aliases_profiles_and_several_tasks() {
    let project = Project::new(INFRAFILE);
    let help = project.infra(&["run", "copy", "PROFILE=aws", "-h"]).output().expect_success().stdout;
    assert!(help.contains("is skipped: the provider keeps backups"), "{help}");
    let both = project.infra(&["run", "backup", "compute", "--help"]).output().expect_success().stdout;
    assert!(both.contains("uses std/doctor") && both.contains("none: it can compute and log"), "{both}");
}

#[test]
fn help_of_a_task_runs_nothing_and_refuses_what_does_not_exist() {
    let project = Project::new(INFRAFILE);
    let private = project.infra(&["run", "prepare", "--help"]).output().expect_success();
    assert!(private.stdout.contains("private: only other tasks call it"), "{}", private.stdout);
    let wrong = project.infra(&["run", "bakcup", "--help"]).output().expect_code(64);
    assert!(wrong.stderr.contains("no task `bakcup`") && wrong.stderr.contains("`backup`"), "{}", wrong.stderr);
    let wrong = project.infra(&["run", "backup", "PROFILE=moon", "--help"]).output().expect_code(64);
    assert!(wrong.stderr.contains("`local`, `aws`"), "{}", wrong.stderr);
}

#[test]
fn help_of_the_verb_names_its_flags() {
    let help = Project::new(INFRAFILE).infra(&["run", "--help"]).output().expect_success().stdout;
    assert!(help.contains("--keep-going") && help.contains("with a TASK"), "{help}");
}

#[test]
fn alone_it_lists_the_tasks_and_says_how_to_go_on() {
    let project = Project::new(INFRAFILE);
    let welcome = project.infra(&[]).output().expect_success().stdout;
    assert!(welcome.contains("backup") && welcome.contains("infra run TASK --help"), "{welcome}");
    assert!(!welcome.contains("prepare"), "{welcome}");
    let nowhere = tempfile::tempdir().unwrap();
    let start = project.infra(&["-C", nowhere.path().to_str().unwrap()]).output().expect_success().stdout;
    assert!(start.contains("infra init"), "{start}");
}

#[test]
fn a_started_infrafile_lists_and_runs() {
    let project = Project::new(INFRAFILE);
    let fresh = tempfile::tempdir().unwrap();
    let at = |args: &[&str]| project.infra(&[&["-C", fresh.path().to_str().unwrap()], args].concat()).output();
    at(&["init"]).expect_success();
    assert!(at(&["list"]).expect_success().stdout.contains("hello"));
    assert!(at(&["run", "hello", "WHO=you", "-o", "plain"]).expect_success().stderr.contains("hello you"));
    let again = at(&["init"]).expect_code(64);
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
}

#[test]
fn completions_are_made_for_shells_that_exist() {
    let project = Project::new(INFRAFILE);
    for shell in ["bash", "zsh", "fish"] {
        let script = project.infra(&["completions", shell]).output().expect_success().stdout;
        assert!(script.contains("infra") && script.contains("complete"), "{script}");
    }
    project.infra(&["completions", "teletype"]).output().expect_code(64);
}
