//! Directories that cannot be written, full disks, a damaged journal.

use infra_tests::{Output, Project};
use insta::assert_snapshot;
use std::process::{Command, Stdio};

const INFRAFILE: &str = "[tasks.hello]\nrun = ['echo', 'hello']\n";

fn with_state(project: &Project, state: &str, args: &[&str]) -> Output {
    project.infra(args).env("XDG_STATE_HOME", state).output()
}

#[test]
fn a_state_directory_that_cannot_be_made_is_named() {
    let project = Project::new(INFRAFILE);
    assert_snapshot!(with_state(&project, "/proc/nowhere", &["run", "hello"]).expect_code(74).told(&project), @"
    error: the directory /proc/nowhere/infra cannot be made: No such file or directory (os error 2)
      hint: free space, or set XDG_STATE_HOME and XDG_CACHE_HOME to directories that can be written
    ");
    project.file("../home/taken/infra", "a file");
    let taken = project.home().join("taken");
    assert_snapshot!(with_state(&project, taken.to_str().unwrap(), &["run", "hello"]).expect_code(74).told(&project), @"
    error: the directory HOME/taken/infra cannot be made: File exists (os error 17)
      hint: free space, or set XDG_STATE_HOME and XDG_CACHE_HOME to directories that can be written
    ");
}

#[test]
fn a_cache_that_cannot_be_made_is_named() {
    let project = Project::new(INFRAFILE);
    let output = project.infra(&["run", "hello"]).env("XDG_CACHE_HOME", "/proc/nowhere").output().expect_code(74);
    assert_snapshot!(output.told(&project), @"
    error: the directory /proc/nowhere/infra cannot be made: No such file or directory (os error 2)
      hint: free space, or set XDG_STATE_HOME and XDG_CACHE_HOME to directories that can be written
    ");
}

#[test]
fn a_journal_that_cannot_be_opened_stops_the_run() {
    let project = Project::new(INFRAFILE);
    std::fs::create_dir_all(project.home().join("state/infra/journal.sqlite")).unwrap();
    let output = project.infra(&["run", "hello"]).output().expect_code(74);
    assert!(!output.stderr.contains("[hello]"), "{}", output.stderr);
    assert_snapshot!(output.told(&project), @"error: the journal HOME/state/infra/journal.sqlite cannot be opened: unable to open database file: HOME/state/infra/journal.sqlite; free space, or set XDG_STATE_HOME to a directory that can be written");
}

#[test]
fn a_damaged_journal_is_set_aside_and_said() {
    let project = Project::new(INFRAFILE);
    let directory = project.home().join("state/infra");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("journal.sqlite"), "this is no database, and long enough to be looked at ".repeat(100))
        .unwrap();
    assert_snapshot!(project.infra(&["history"]).output().expect_code(74).told(&project), @"
    error: the journal HOME/state/infra/journal.sqlite cannot be read: file is not a database
      hint: the next `infra run` puts a damaged journal aside and begins a new one
    ");
    let output = project.infra(&["run", "hello"]).output().expect_success();
    let aside: Vec<_> = std::fs::read_dir(&directory).unwrap().flatten().map(|entry| entry.file_name()).collect();
    let aside = aside.iter().filter_map(|name| name.to_str()).find(|name| name.contains("damaged")).unwrap();
    assert!(
        output.stderr.contains(&format!("the journal was damaged; it is kept as {}", directory.join(aside).display())),
        "{}",
        output.stderr
    );
    let again = project.infra(&["run", "hello"]).output().expect_success();
    assert!(!again.stderr.contains("damaged"), "{}", again.stderr);
    assert_eq!(project.infra(&["history"]).output().expect_success().stdout.lines().count(), 3);
}

#[test]
fn a_full_disk_is_said() {
    let project = Project::new(INFRAFILE);
    let full = |args: &[&str]| {
        let mut command = Command::new(infra_tests::binary());
        command.args(args).current_dir(project.root()).env("HOME", project.home()).stdin(Stdio::null());
        command.env("XDG_CACHE_HOME", infra_tests::binary().with_file_name("test-cache"));
        command.stdout(std::fs::File::options().write(true).open("/dev/full").unwrap());
        Output::from(command.output().unwrap())
    };
    assert_snapshot!(full(&["list"]).expect_code(74).told(&project), @"
    error: the result cannot be written to standard output: No space left on device (os error 28)
      hint: what ran has run; `infra history` and `infra logs` show it
    ");
    assert_snapshot!(full(&["completions", "bash"]).expect_code(74).told(&project), @"
    error: the result cannot be written to standard output: No space left on device (os error 28)
      hint: what ran has run; `infra history` and `infra logs` show it
    ");
    // A run that writes nothing there has nothing to say.
    full(&["run", "hello"]).expect_success();
}
