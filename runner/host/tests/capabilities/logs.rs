//! Logs and progress: bounded, cut into lines, and told as they are; reports clean them.

use crate::guest::scripted;
use crate::world::world;
use infra_event::{Event, LogStream};
use serde_json::json;

const SHELL: &str = r#"process = [{ program = "sh" }]"#;

#[tokio::test]
async fn lines_arrive_by_their_stream() {
    let mut world = world("");
    world.calls(json!([{ "call": "log", "text": "one\ntwo" }, { "call": "print", "text": "three" }])).await;
    let expected = [(LogStream::Info, "one"), (LogStream::Info, "two"), (LogStream::Stdout, "three")];
    assert_eq!(world.log(), expected.map(|(stream, text)| (stream, text.to_owned())));
}

#[tokio::test]
async fn a_gigabyte_of_log_is_cut_and_that_is_said() {
    // Standard output passes in pieces of a few kilobytes, so less of it takes as long.
    for (call, times) in [("log", 1024), ("print", 64)] {
        let mut world = world("");
        world.limits.log = 1 << 20;
        let line = "x".repeat(1 << 20);
        let finished = world.run(&scripted(), json!({ "calls": [{ "call": call, "text": line, "times": times }] })).await;
        finished.result.unwrap();
        let log = world.log();
        let size: usize = log.iter().map(|(_, text)| text.len()).sum();
        assert!(size <= (1 << 20) + 200, "{call}: {size} bytes");
        let cut: Vec<_> = log.iter().filter(|(stream, _)| *stream == LogStream::Warning).collect();
        assert_eq!(cut.len(), 1, "{call}");
        assert!(cut[0].1.contains("`limits.log` (1048576 bytes)"), "{:?}", cut[0]);
    }
}

#[tokio::test]
async fn empty_lines_count_too() {
    let mut world = world(SHELL);
    world.limits.log = 64 << 10;
    let mut call = json!({ "call": "program", "argv": ["sh", "-c", "yes '' | head -n 1000000"] });
    call["stdout"] = json!("log");
    world.ok(call).await;
    assert!(world.log().len() <= 4097, "{} lines", world.log().len());
}

#[tokio::test]
async fn a_line_without_an_end_is_cut_into_lines() {
    let mut world = world(SHELL);
    let mut call =
        json!({ "call": "program", "argv": ["sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x; printf '\\377\\nlast'"] });
    call["stdout"] = json!("log");
    world.ok(call).await;
    world.calls(json!([{ "call": "log", "text": "ä".repeat(50_000) }])).await;
    let log = world.log();
    assert!(log.iter().all(|(_, text)| text.len() <= 17 << 10));
    let all: String = log.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!((all.matches('x').count(), all.matches('ä').count(), all.matches('\u{fffd}').count()), (100_000, 50_000, 1));
    assert!(log.iter().any(|(_, text)| text == "last"));
}

#[tokio::test]
async fn a_line_that_is_drawn_again_is_what_it_ends_as() {
    let mut world = world(SHELL);
    let mut call = json!({ "call": "program", "argv": ["sh", "-c", "printf '10%%\\r20%%\\r100%%\\r\\n'"] });
    call["stdout"] = json!("log");
    world.ok(call).await;
    assert_eq!(world.log_text(), "100%\n");
}

#[tokio::test]
async fn progress_is_short_and_not_told_a_million_times() {
    let mut world = world("");
    world.calls(json!([{ "call": "progress", "text": "l".repeat(100_000), "times": 10_000 }])).await;
    let events = world.events.lock().unwrap();
    let labels: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::StepProgress { label, finished, .. } => Some((label.len(), *finished)),
            _ => None,
        })
        .collect();
    assert!(labels.len() < 5_000 && labels.iter().all(|(length, _)| *length <= 200), "{} events", labels.len());
    assert_eq!(labels.last(), Some(&(200, true)));
}
