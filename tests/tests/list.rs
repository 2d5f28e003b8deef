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
fn without_an_infrafile_the_error_says_what_to_do() {
    let project = Project::new(INFRAFILE);
    let nowhere = tempfile::tempdir().unwrap();
    let output = project.infra(&["-C", nowhere.path().to_str().unwrap(), "list"]).output().expect_code(78);
    assert!(output.stderr.contains("infra init"), "{}", output.stderr);
}
