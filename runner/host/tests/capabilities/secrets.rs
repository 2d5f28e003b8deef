//! Secrets are in nothing that is shown or kept.

use crate::guest::scripted;
use crate::world::world;
use infra_event::Event;
use serde_json::json;

#[tokio::test]
async fn secrets_are_masked_wherever_a_task_lets_them_out() {
    let grants = r#"
        process = [{ program = "sh" }, { program = "echo", args = ["granted"] }]
        files = { write = ["out/**"] }"#;
    let mut world = world(grants).journaled();
    let secret = "hunter2+hunter3";
    world.gate().masker().add(secret);
    let in_base64 = "aHVudGVyMitodW50ZXIz";
    let script = format!("echo {secret}; echo {in_base64} >&2; echo hunter2%2Bhunter3");
    let calls = json!([
        { "call": "log", "text": format!("it is {secret}") },
        { "call": "print", "text": format!("Basic {in_base64}") },
        { "call": "progress", "text": secret },
        { "call": "program", "argv": ["sh", "-c", script], "stdout": "log", "stderr": "log" },
        { "call": "program", "argv": ["echo", secret] },
        { "call": "write", "path": format!("out/{secret}"), "content": "x" },
        { "call": "read", "path": format!("/{secret}") },
    ]);
    let output = world.run(&scripted(), json!({ "calls": calls })).await;
    let failure = world.run(&scripted(), json!({ "calls": [{ "call": "fail", "message": format!("no {secret}") }] })).await;
    assert_eq!(failure.result.as_ref().unwrap_err().message, "no ***");
    let shown = format!("{:?}", world.events.lock().unwrap());
    let kept = format!("{:?}", world.effects());
    for (what, text) in
        [("events", &shown), ("journal", &kept), ("output", &format!("{output:?}")), ("error", &format!("{failure:?}"))]
    {
        assert!(text.contains("***"), "{what}: {text}");
        for form in [secret, in_base64, "hunter2%2Bhunter3"] {
            assert!(!text.contains(form), "{what} holds {form}: {text}");
        }
    }
}

#[tokio::test]
async fn what_is_no_secret_is_left_as_it_is() {
    let mut world = world("");
    world.gate().masker().add("hunter2");
    world.calls(json!([{ "call": "log", "text": "hunter 2 hunted" }])).await;
    assert_eq!(world.log_text(), "hunter 2 hunted\n");
}

#[tokio::test]
async fn a_secret_is_masked_wherever_a_very_long_line_is_cut() {
    let secret = "hunter2+hunter3";
    for before in (16 << 10) - secret.len()..=16 << 10 {
        // Every second place is enough to meet each part of it.
        if before % 2 == 0 {
            continue;
        }
        let mut world = world(r#"process = [{ program = "sh" }]"#);
        world.gate().masker().add(secret);
        let line = format!("{}{secret}{}", "x".repeat(before), "y".repeat(40_000));
        let script = format!("head -c {before} /dev/zero | tr '\\0' x; printf %s hunter2+; sleep 0.01; printf 'hunter3\\n'");
        let calls = json!([
            { "call": "log", "text": line },
            { "call": "print", "text": line },
            { "call": "progress", "text": format!("{}{secret}", "x".repeat(200 - before % 16)) },
            { "call": "program", "argv": ["sh", "-c", script], "stdout": "log" },
        ]);
        world.calls(calls).await;
        let told: String = world.log().into_iter().map(|(_, text)| text).collect();
        assert_eq!(told.matches("***").count(), 3, "{before}");
        // The program's own command line has the secret in two parts.
        let shown: Vec<_> =
            world.events.lock().unwrap().iter().filter(|event| !matches!(event, Event::StepEffect { .. })).cloned().collect();
        let shown = format!("{shown:?}");
        for part in ["hunter2", "hunter3", "hunt", "nter3"] {
            assert!(!shown.contains(part), "{before}: {part}");
        }
    }
}
