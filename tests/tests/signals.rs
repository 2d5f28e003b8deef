//! What is interrupted, killed or left by its reader.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use infra_tests::{Output, Project, processes_with, unique_name, wait_for};
use rustix::process::{Pid, Signal, kill_process};
use std::process::Child;

/// A task that sleeps, under a name that nothing else on this machine has.
struct Sleeper {
    project: Project,
    /// In the arguments of the program.
    mark: String,
}

impl Sleeper {
    /// `script` knows the mark as `$0`: how long to sleep, in seconds.
    fn new(script: &str) -> Self {
        let mark = format!("600.{}", unique_name().replace(|c: char| !c.is_ascii_digit(), ""));
        let argv = serde_json::json!(["sh", "-c", format!("touch out/started; {script}"), mark]);
        let project = Project::new(&format!(
            "[tasks.long]\nrun = {argv}\nfinally = ['clean']\nallow = [{{ files = {{ read = ['**'], write = ['out/**'] }} }}]\n\
             [tasks.clean]\nsh = 'touch out/cleaned'\nallow = [{{ files = {{ write = ['out/**'] }} }}]\n\
             [tasks.after]\nneeds = ['long']\nsh = 'touch out/after'\nallow = [{{ files = {{ write = ['out/**'] }} }}]\n"
        ));
        project.file("out/x", "");
        Self { project, mark }
    }

    fn start(&self) -> Child {
        let child = self.project.infra(&["run", "after"]).start();
        wait_for("the program runs", || self.project.has("out/started"));
        child
    }

    fn signal(&self, child: &Child, signal: Signal) {
        kill_process(Pid::from_child(child), signal).unwrap();
    }

    fn alive(&self) -> Vec<(i32, String)> {
        processes_with(&self.mark)
    }
}

fn end(child: Child) -> Output {
    child.wait_with_output().unwrap().into()
}

#[test]
fn an_interrupt_stops_the_program_and_the_finalizer_runs() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let sleeper = Sleeper::new("sleep $0");
        let child = sleeper.start();
        wait_for("the program sleeps", || sleeper.alive().iter().any(|(_, line)| line.starts_with("sleep ")));
        sleeper.signal(&child, signal);
        let output = end(child).expect_code(code);
        assert_eq!(sleeper.alive(), []);
        assert!(sleeper.project.has("out/cleaned") && !sleeper.project.has("out/after"));
        assert!(output.stderr.contains("Interrupted: ") && output.stderr.contains("infra resume "), "{}", output.stderr);
    }
}

#[test]
fn a_second_interrupt_forces() {
    let sleeper = Sleeper::new("trap 'touch out/asked' INT TERM; while :; do sleep 0.1; : $0; done");
    let child = sleeper.start();
    sleeper.signal(&child, Signal::INT);
    wait_for("the program is asked to end", || sleeper.project.has("out/asked"));
    sleeper.signal(&child, Signal::INT);
    end(child).expect_code(130);
    wait_for("nothing is alive", || sleeper.alive().is_empty());
    assert!(!sleeper.project.has("out/after"));
}

#[test]
fn a_killed_runner_leaves_nothing_alive() {
    let sleeper = Sleeper::new("(trap '' HUP TERM INT; setsid sleep $0 & sleep $0)");
    let child = sleeper.start();
    let sleeping = |(_, line): &(i32, String)| line.starts_with("sleep ");
    wait_for("both programs sleep", || sleeper.alive().iter().filter(|process| sleeping(process)).count() == 2);
    sleeper.signal(&child, Signal::KILL);
    assert_eq!(end(child).code, None);
    wait_for("nothing is alive", || sleeper.alive().is_empty());
    assert!(!sleeper.project.has("out/cleaned"));
    let history = sleeper.project.infra(&["history"]).output().expect_success();
    assert!(history.stdout.contains("killed"), "{}", history.stdout);
}

#[test]
fn what_a_program_leaves_running_ends_with_its_task() {
    let sleeper = Sleeper::new("setsid sleep $0 >/dev/null 2>&1 & exit 0");
    end(sleeper.start()).expect_success();
    wait_for("nothing is alive", || sleeper.alive().is_empty());
    assert!(sleeper.project.has("out/after"));
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let project = Project::new("[tasks.x]\nrun = ['echo', 'hello']\n");
    for args in
        [&["list"][..], &["list", "--json"], &["run", "x"], &["run", "x", "-o", "json"], &["completions", "bash"], &["--help"]]
    {
        let mut child = project.infra(args).start();
        drop((child.stdout.take(), child.stderr.take()));
        let status = child.wait().unwrap();
        // 101 is a panic; a signal is as bad.
        assert!(matches!(status.code(), Some(0 | 74)), "{args:?}: {status}");
    }
}
