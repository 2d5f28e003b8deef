//! Ctrl-C while the daemon works for the runner: nothing is left behind.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use infra_tests::{
    DockerProxy, Journal, Output, Platform, Running, SlowRegistry, Verdict, When, exec_task, processes_with, unique_name,
    wait_for,
};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const UP: [&str; 5] = ["run", "bootstrap", "IMAGES=debian", "--output", "json"];

/// A number of seconds to sleep that nothing else on this machine has.
fn seconds() -> String {
    format!("600.{}", unique_name().replace(|letter: char| !letter.is_ascii_digit(), ""))
}

fn sleeps(seconds: &str) -> bool {
    processes_with(seconds).iter().any(|(_, line)| line.starts_with("sleep"))
}

/// The run ended as interrupted, and the history says so.
fn assert_interrupted(platform: &Platform, running: Running) -> Output {
    let output = running.end().expect_code(130);
    let history = platform.infra(&["history", "--json"]).output().expect_success();
    let history: Value = serde_json::from_str(&history.stdout).unwrap();
    assert_eq!((&history[0]["outcome"], &history[0]["exit_code"]), (&json!("interrupted"), &json!(130)));
    output
}

fn state_of(platform: &Platform, kind: &str) -> Vec<String> {
    let journal = Journal::of(&platform.project);
    let effects = journal.effects(&journal.last().run).into_iter();
    effects.filter(|effect| effect.kind == kind).map(|effect| effect.state).collect()
}

#[test]
fn a_pull_ends_at_the_daemon_too() {
    let (platform, registry) = (Platform::new(), SlowRegistry::start());
    let (postgres, redis) = (registry.image("postgres"), registry.image("redis"));
    platform.edit("Infrafile.toml", "\"postgres:16-alpine\"", &format!("\"{postgres}\""));
    platform.edit("Infrafile.toml", "\"redis:7.2-alpine\"", &format!("\"{redis}\""));
    platform.edit("Infrafile.toml", "\"redis:7*\",", &format!("\"redis:7*\", \"{postgres}\", \"{redis}\","));
    let words = ["run", "bootstrap", "IMAGES=registry", "--output", "json"];
    let running = Running::new(platform.infra(&words).start(), |_, _| {});
    wait_for("both layers trickle", || registry.trickles(2));
    running.interrupt();
    assert_interrupted(&platform, running);
    wait_for("the daemon gives up the layers", || registry.trickles(0));
    assert!(!platform.docker.has_image(&postgres) && !platform.docker.has_image(&redis));
    assert_eq!(state_of(&platform, "docker.image.pull"), ["cancelled", "cancelled"]);
    assert_eq!(platform.docker.containers(&platform.name), Vec::<Value>::new());
}

#[test]
fn a_build_leaves_no_image_and_no_container() {
    let (platform, seconds) = (Platform::new(), seconds());
    platform.make_base_small(&format!("RUN sleep {seconds}"));
    let running = Running::new(platform.with_small_base(&UP).start(), |_, _| {});
    wait_for("the build runs", || sleeps(&seconds));
    running.interrupt();
    assert_interrupted(&platform, running);
    wait_for("the build's container is gone", || {
        processes_with(&seconds).is_empty() && platform.docker.containers(&seconds).is_empty()
    });
    assert!(!platform.docker.has_image(&platform.image("tiny")));
    assert_eq!(platform.docker.containers(&platform.name), Vec::<Value>::new());
    assert!(!platform.project.has("platform/docker/base/base.tar"));
}

#[test]
fn a_program_that_an_unconfined_task_started_is_gone() {
    let (platform, seconds) = (Platform::new(), seconds());
    platform.make_base_small("RUN true");
    platform.hold_base(&seconds);
    let running = Running::new(platform.with_small_base(&UP).start(), |_, _| {});
    wait_for("the program runs", || sleeps(&seconds));
    running.interrupt();
    assert_interrupted(&platform, running);
    assert_eq!(processes_with(&seconds), []);
    let _resumed = platform.with_small_base(&["resume"]).output().expect_success();
    assert!(platform.docker.has_image(&platform.image("tiny")));
}

#[test]
fn an_exec_leaves_no_process_in_the_container() {
    let platform = Platform::new();
    platform.project.file("exec.wasm", std::fs::read(exec_task()).unwrap());
    let _up = platform.infra(&UP).output().expect_success();
    let redis = platform.container("redis");
    for input in [false, true] {
        let seconds = seconds();
        let script = format!("trap '' INT TERM HUP; (setsid sleep {seconds} &); sleep {seconds}; touch /tmp/came-to-its-end");
        let with = json!({ "container": redis, "args": ["sh", "-c", script], "input": input });
        let allow = "allow = [{ docker = [{ verbs = ['exec'], images = ['comind-ops/*'] }] }]";
        let task = format!("[tasks.in-container-{input}]\nuses = './exec.wasm'\n{allow}\n[tasks.in-container-{input}.with]\n");
        let with: String = with.as_object().unwrap().iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        platform.project.file("Infrafile.toml", format!("{}\n{task}{with}", platform.project.read("Infrafile.toml")));
        let name = format!("in-container-{input}");
        let running = Running::new(platform.infra(&["run", &name, "--output", "json"]).start(), |_, _| {});
        wait_for("both commands run", || {
            processes_with(&seconds).iter().filter(|(_, line)| line.starts_with("sleep")).count() == 2
        });
        running.interrupt();
        assert_interrupted(&platform, running);
        assert_eq!(processes_with(&seconds), []);
        assert_eq!(state_of(&platform, "docker.container.exec"), ["settled"]);
    }
    let found = platform.docker.container(&redis).unwrap();
    assert_eq!(found["State"]["Status"], "running", "the service that was asked for stays");
    let (code, _) = platform.docker.exec(&redis, &["test", "-e", "/tmp/came-to-its-end"]);
    assert_eq!(code, 1);
}

/// A proxy that stops at the first creation of a container, tells of it, and goes on when it is told to.
fn holding(at: When) -> (DockerProxy, Receiver<()>, impl Fn()) {
    let ((reached, told), (release, released)) = (channel(), channel());
    let (reached, released) = (Mutex::new(reached), Mutex::new(released));
    let proxy = DockerProxy::start(move |_, when, request| {
        if when == at && request.contains("/containers/create") {
            reached.lock().unwrap().send(()).unwrap();
            return if released.lock().unwrap().recv().is_ok() { Verdict::Pass } else { Verdict::Break };
        }
        Verdict::Pass
    });
    (proxy, told, move || {
        let _ = release.send(());
    })
}

#[test]
fn a_container_that_is_being_created_is_undone() {
    let platform = Platform::new();
    let (proxy, reached, release) = holding(When::After);
    let running = Running::new(platform.infra(&UP).env("DOCKER_HOST", proxy.host()).start(), |_, _| {});
    reached.recv_timeout(Duration::from_secs(60)).unwrap();
    assert_eq!(platform.docker.containers(&platform.name).len(), 1);
    running.interrupt();
    wait_for("the step is cancelled", || state_of(&platform, "docker.container.create") == ["in-doubt"]);
    release();
    assert_interrupted(&platform, running);
    assert_eq!(platform.docker.containers(&platform.name), Vec::<Value>::new());
    assert_eq!(state_of(&platform, "docker.container.create"), ["settled"]);
    let _resumed = platform.infra(&["resume"]).output().expect_success();
    assert_eq!(platform.docker.containers(&platform.name).len(), 2);
}

#[test]
fn a_second_interrupt_does_not_wait_for_a_daemon_that_hangs() {
    let platform = Platform::new();
    let (proxy, reached, _release) = holding(When::Before);
    let running = Running::new(platform.infra(&UP).env("DOCKER_HOST", proxy.host()).start(), |_, _| {});
    reached.recv_timeout(Duration::from_secs(60)).unwrap();
    running.interrupt_until_it_ends();
    assert_interrupted(&platform, running);
    let journal = Journal::of(&platform.project);
    let effects = journal.effects(&journal.last().run);
    let create = effects.iter().find(|effect| effect.kind == "docker.container.create").unwrap();
    // A runner that had waited, and had given up in the end, would say so here.
    assert_eq!((create.state.as_str(), create.detail.as_deref()), ("in-doubt", None));
    let _resumed = platform.infra(&["resume"]).output().expect_success();
    assert_eq!(platform.docker.containers(&platform.name).len(), 2);
}
