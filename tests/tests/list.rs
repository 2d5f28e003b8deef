//! `infra list` and `infra`.

use infra_tests::Project;

const INFRAFILE: &str = "
[project]
name = 'demo'

[tasks.hello]
help = 'Say hello'
run = ['true']
allow = [{ process = [{ program = 'true' }] }]

[tasks.inner]
private = true
run = ['true']
";

#[test]
fn tasks_are_listed_and_private_ones_are_not() {
    let project = Project::new(INFRAFILE);
    let listed = project.infra(&["list"]).output().expect_success();
    assert!(listed.stdout.contains("hello") && listed.stdout.contains("Say hello"), "{}", listed.stdout);
    assert!(!listed.stdout.contains("inner"), "{}", listed.stdout);
}

#[test]
fn a_task_that_has_run_says_how_long_it_usually_takes() {
    let project = Project::new("[tasks.slow]\nhelp = 'Take its time'\nrun = ['sleep', '1.1']\n[tasks.other]\nrun = ['true']\n");
    let before = project.infra(&["list"]).output().expect_success();
    assert!(!before.stdout.contains('~'), "{}", before.stdout);
    project.infra(&["run", "slow", "other"]).output().expect_success();
    let after = project.infra(&["list"]).output().expect_success();
    let line = after.stdout.lines().find(|line| line.contains("slow")).expect("it is listed");
    assert!(line.starts_with("  slow   Take its time  ~"), "{line}");
    let json: serde_json::Value =
        serde_json::from_str(&project.infra(&["list", "--json"]).output().expect_success().stdout).expect("it is JSON");
    assert!(json["tasks"][1]["usual_ms"].as_u64().is_some_and(|usual| usual >= 1_100), "{json}");
}

#[test]
fn without_an_infrafile_the_error_says_what_to_do() {
    let project = Project::new(INFRAFILE);
    let nowhere = tempfile::tempdir().unwrap();
    let output = project.infra(&["-C", nowhere.path().to_str().unwrap(), "list"]).output().expect_code(78);
    assert!(output.stderr.contains("infra init"), "{}", output.stderr);
}
