//! `infra watch`: files are touched, and runs are seen.

use infra_tests::{Project, Running, wait_for};

/// Each run appends a line to `runs`; a run is slow where `slow` is there, and says how it ended.
const INFRAFILE: &str = r#"
[tasks.build]
sh      = '''
cat src/a >> runs
if [ -e src/slow ]; then trap 'echo stopped >> runs; exit 1' TERM INT; sleep 60 & wait; fi
touch made/by-itself
'''
inputs  = ["src/**"]
outputs = ["made/**"]
allow   = [{ files = { read = ["src/**"], write = ["runs", "made/**"] } }]

[tasks.alone]
run = ["true"]
"#;

fn project() -> Project {
    let project = Project::new(INFRAFILE);
    project.file("src/a", "one\n");
    project.file("runs", "");
    project.file("made/x", "");
    project
}

fn watching(project: &Project) -> Running {
    Running::new(project.infra(&["-o", "json", "watch", "build"]).start(), |_, _| {})
}

fn wait_for_runs(project: &Project, runs: &str) {
    wait_for(&format!("{runs:?}"), || project.read("runs") == runs);
}

/// Waits until the run that is under way has ended, so many have ended by then.
fn wait_for_ends(running: &Running, ends: usize) {
    wait_for(&format!("{ends} ends"), || {
        let lines = running.lines();
        lines.iter().filter(|line| line.contains("\"run-finished\"")).count() >= ends
    });
}

#[test]
fn a_change_of_an_input_runs_it_again_and_nothing_else_does() {
    let project = project();
    let running = watching(&project);
    wait_for_ends(&running, 1);
    // Neither what it makes itself nor what lies beside its inputs counts.
    project.file("made/x", "new");
    project.file("beside", "new");
    project.file("src/a", "two\n");
    wait_for_runs(&project, "one\ntwo\n");
    wait_for_ends(&running, 2);
    project.file("src/deep/new", "");
    wait_for_ends(&running, 3);
    running.interrupt();
    let output = running.end();
    assert_eq!(output.code, Some(130), "{}", output.stderr);
    assert_eq!(project.read("runs"), "one\ntwo\ntwo\n");
    assert!(output.stderr.contains("Watching src/**") && output.stderr.contains("src/a has changed"), "{}", output.stderr);
    assert!(!output.stderr.contains("beside has changed") && !output.stderr.contains("made/x has changed"), "{}", output.stderr);
}

#[test]
fn a_run_under_way_is_stopped_gracefully_by_a_change() {
    let project = project();
    project.file("src/slow", "");
    let running = watching(&project);
    wait_for_runs(&project, "one\n");
    std::fs::remove_file(project.root().join("src/slow")).expect("it is there");
    wait_for_runs(&project, "one\nstopped\none\n");
    wait_for_ends(&running, 2);
    running.interrupt();
    assert_eq!(running.end().code, Some(130));
}

#[test]
fn ctrl_c_stops_the_run_and_the_watch() {
    let project = project();
    project.file("src/slow", "");
    let running = watching(&project);
    wait_for_runs(&project, "one\n");
    running.interrupt();
    assert_eq!(running.end().code, Some(130));
    assert_eq!(project.read("runs"), "one\nstopped\n");
}

#[test]
fn an_infrafile_that_becomes_wrong_is_told_and_waited_for() {
    let project = project();
    let running = watching(&project);
    wait_for_ends(&running, 1);
    project.file("Infrafile.toml", INFRAFILE.replace("[tasks.build]", "[tasks.build"));
    wait_for("the error", || running.lines().iter().any(|line| line.contains("the TOML is wrong")));
    project.file("Infrafile.toml", INFRAFILE.replace("cat src/a", "echo three"));
    wait_for_runs(&project, "one\nthree\n");
    running.interrupt();
    assert_eq!(running.end().code, Some(130));
}

#[test]
fn what_says_no_inputs_cannot_be_watched() {
    let project = project();
    let refused = project.infra(&["watch", "alone"]).output().expect_code(64);
    assert!(refused.stderr.contains("there is nothing to watch") && refused.stderr.contains("inputs = "), "{}", refused.stderr);
    let unknown = project.infra(&["watch", "biuld"]).output().expect_code(64);
    assert!(unknown.stderr.contains("did you mean `build`?"), "{}", unknown.stderr);
}
