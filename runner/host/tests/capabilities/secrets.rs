//! Secrets are in nothing that is shown or kept.

use crate::guest::scripted;
use crate::world::world;
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
