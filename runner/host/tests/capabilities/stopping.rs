//! Steps that are cancelled or out of time leave nothing behind.

use crate::guest::scripted;
use crate::world::{World, alive, gone, marker, until, world};
use infra_event::{ErrorCode, TaskError};
use serde_json::{Value, json};
use std::time::Duration;

const SHELL: &str = r#"process = [{ program = "sh" }]"#;

/// Runs calls and cancels them when the condition holds.
async fn cancelled_when(world: &mut World, calls: Value, condition: impl FnMut() -> bool + Send + 'static) -> TaskError {
    let cancel = world.cancel.clone();
    let stopping = tokio::spawn(async move {
        until("it is under way", condition).await;
        cancel.cancel();
    });
    let error = world.failure(&scripted(), json!({ "calls": calls })).await;
    stopping.await.unwrap();
    error
}

fn endless(marker: &str) -> Value {
    let script = format!("setsid sh -c 'while :; do sleep 0.1; done' {marker} & sh -c 'while :; do sleep 0.1; done' {marker}");
    json!([{ "call": "program", "argv": ["sh", "-c", script] }])
}

#[tokio::test]
async fn a_cancelled_step_takes_its_programs_with_it() {
    for grants in [SHELL, r#"process = [{ program = "sh", confine = false }]"#] {
        let mut world = world(grants).journaled();
        let marker = marker("cancelled");
        let seen = marker.clone();
        let error = cancelled_when(&mut world, endless(&marker), move || alive(&seen).len() >= 3).await;
        assert_eq!(error.code, ErrorCode::CANCELLED);
        gone(&marker);
        assert!(world.scratch_is_empty());
        let states: Vec<_> = world.effects().iter().map(|effect| effect.state.word()).collect();
        assert_eq!(states, ["settled"]);
    }
}

#[tokio::test]
async fn a_step_out_of_time_takes_its_programs_with_it() {
    let mut world = world(SHELL);
    scripted();
    world.time_limit = Duration::from_secs(1);
    let marker = marker("timeout");
    let error = world.failure(&scripted(), json!({ "calls": endless(&marker) })).await;
    assert_eq!(error.code, ErrorCode::TIMEOUT);
    gone(&marker);
}

#[tokio::test]
async fn a_program_may_say_goodbye() {
    let mut world = world(r#"process = [{ program = "sh", write = ["out/**"] }]"#);
    let script = "trap 'echo gone >out/bye; exit 0' TERM; echo x >out/up; while :; do sleep 0.01; done";
    let up = world.root.join("out/up");
    let calls = json!([{ "call": "program", "argv": ["sh", "-c", script] }]);
    let error = cancelled_when(&mut world, calls, move || up.exists()).await;
    assert_eq!(error.code, ErrorCode::CANCELLED);
    assert_eq!(world.read("out/bye"), "gone\n");
}

/// Each has 15 seconds after TERM, all at the same time: one after the other would take longer than a step may take to settle.
#[tokio::test]
async fn programs_that_do_not_listen_are_killed_together() {
    let mut world = world(SHELL).journaled();
    let marker = marker("stubborn");
    let script = format!("trap '' TERM; : {marker}; echo up; while :; do sleep 0.1; done");
    let one =
        json!({ "call": "converse", "argv": ["sh", "-c", script], "copies": 4, "stdout": "log", "steps": [{ "call": "hold" }] });
    let events = std::sync::Arc::clone(&world.events);
    let all_up = move || {
        let events = events.lock().unwrap();
        events.iter().filter(|event| matches!(event, infra_event::Event::StepLog { text, .. } if text == "up")).count() == 4
    };
    let error = cancelled_when(&mut world, json!([one]), all_up).await;
    assert_eq!(error.code, ErrorCode::CANCELLED);
    gone(&marker);
    let states: Vec<_> = world.effects().iter().map(|effect| effect.state.word()).collect();
    assert_eq!(states, ["settled", "settled", "settled", "settled"]);
}

/// Wherever the start of a program is when its step is cancelled, nothing of it is left and its effect is known.
#[tokio::test]
async fn a_program_that_is_being_started_is_stopped_too() {
    let marker = marker("starting");
    for round in 0..200_u64 {
        let mut world = world(SHELL).journaled();
        let script = format!("while :; do sleep 0.1; done # {marker}");
        let calls = json!([{ "call": "program", "argv": ["sh", "-c", script] }]);
        let cancel = world.cancel.clone();
        let stopping = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_micros(round * 100)).await;
            cancel.cancel();
        });
        let error = world.failure(&scripted(), json!({ "calls": calls })).await;
        stopping.await.unwrap();
        assert_eq!(error.code, ErrorCode::CANCELLED);
        gone(&marker);
        for effect in world.effects() {
            assert!(matches!(effect.state.word(), "settled" | "cancelled"), "{effect:?}");
        }
    }
}

/// A write that has begun ends before its step does: the file is the old one or the new one, and stays as it is.
#[tokio::test]
async fn a_cancelled_write_is_whole_or_not_at_all() {
    let mut world = world(r#"files = { write = ["out/**"] }"#);
    std::fs::create_dir(world.root.join("out")).unwrap();
    let size = 8 << 20;
    for round in 0..20_u8 {
        world.cancel = tokio_util::sync::CancellationToken::new();
        let letter = char::from(b'a' + round).to_string();
        let old = std::fs::read(world.root.join("out/x")).unwrap_or_default();
        let directory = world.root.join("out");
        let calls =
            json!([{ "call": "write", "path": "out/x", "content": letter, "times": size }, { "call": "sleep", "ms": 100_000 }]);
        let begun = move || {
            let names = std::fs::read_dir(&directory).unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
            names.into_iter().any(|name| name.starts_with(".infra-"))
                || std::fs::read(directory.join("x")).is_ok_and(|now| now != old)
        };
        let error = cancelled_when(&mut world, calls, begun).await;
        assert_eq!(error.code, ErrorCode::CANCELLED);
        let now = std::fs::read(world.root.join("out/x")).unwrap_or_default();
        assert!(now.is_empty() || (now.len() == size && now.iter().all(|byte| *byte == now[0])));
        let names: Vec<_> = std::fs::read_dir(world.root.join("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["x"], "no draft is left");
    }
}

#[tokio::test]
async fn a_search_that_nobody_waits_for_ends() {
    let mut world = world(r#"files = { read = ["**", "/**"] }"#);
    let before = std::time::Instant::now();
    let calls = json!([{ "call": "find", "path": "/**/no-such-file-anywhere" }]);
    let error = cancelled_when(&mut world, calls, move || before.elapsed() > Duration::from_millis(50)).await;
    assert_eq!(error.code, ErrorCode::CANCELLED);
}
