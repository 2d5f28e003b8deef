//! Programs: what they get, what they give.

use crate::world::{gone, marker, world};
use infra_event::LogStream;
use serde_json::{Value, json};

/// Any program that these tests start.
const ANY: &str = r#"process = [{ program = "**", read = ["**"] }]"#;

fn sh(script: &str) -> Value {
    json!({ "call": "program", "argv": ["sh", "-c", script] })
}

#[tokio::test]
async fn arguments_arrive_exactly() {
    let mut world = world(ANY);
    let argv = ["printf", "<%s>", "", "two words", "*", "$HOME", "`id`", "; rm -rf /", "'\"\\", "--", "ä\n日"];
    let done = world.ok(json!({ "call": "program", "argv": argv })).await;
    assert_eq!(done["stdout"], "<><two words><*><$HOME><`id`><; rm -rf /><'\"\\><--><ä\n日>");
    assert_eq!(done["code"], 0);
    world.fails("invalid", json!({ "call": "program", "argv": ["printf", "a\u{0}b"] })).await;
}

#[tokio::test]
async fn streams_are_apart() {
    let mut world = world(ANY);
    let done = world.ok(sh("echo out; echo err >&2; cat")).await;
    assert_eq!((&done["stdout"], &done["stderr"]), (&json!("out\n"), &json!("err\n")));
    assert!(world.log().is_empty());
    let mut call = sh("echo out; echo err >&2");
    call["stdout"] = json!("both");
    call["stderr"] = json!("log");
    let done = world.ok(call.clone()).await;
    assert_eq!((&done["stdout"], &done["stderr"]), (&json!("out\n"), &json!("")));
    let mut log = world.log();
    log.sort_by_key(|(_, text)| text.clone());
    assert_eq!(log, [(LogStream::Stderr, "err".to_owned()), (LogStream::Stdout, "out".to_owned())]);
    world.events.lock().unwrap().clear();
    call["stdout"] = json!("discard");
    call["stderr"] = json!("discard");
    let done = world.ok(call).await;
    assert_eq!((&done["stdout"], &done["stderr"]), (&json!(""), &json!("")));
    assert!(world.log().is_empty());
}

#[tokio::test]
async fn a_program_is_spoken_with() {
    let mut world = world(ANY);
    let said = world
        .ok(json!({ "call": "converse", "argv": ["cat"], "input": true, "steps": [
            { "call": "write", "text": "one\n" }, { "call": "poll" }, { "call": "next" },
            { "call": "write", "text": "two\n" }, { "call": "next" },
            { "call": "close" }, { "call": "next" }, { "call": "next" }, { "call": "wait" }, { "call": "wait" },
        ] }))
        .await;
    assert_eq!(said, json!([null, [0], { "out": "one\n" }, null, { "out": "two\n" }, null, null, null, [0, null], [0, null]]));
    // Without `input` there is none.
    let write = json!({ "call": "converse", "argv": ["cat"], "steps": [{ "call": "write", "text": "x" }] });
    world.fails("invalid", write).await;
    // Who does not read any more is told about, and is no reason to die.
    let steps: Vec<_> = (0..200).map(|_| json!({ "call": "write", "text": "x".repeat(10_000) })).collect();
    world.fails("input-output", json!({ "call": "converse", "argv": ["true"], "input": true, "steps": steps })).await;
}

#[tokio::test]
async fn ends_are_told_apart() {
    let mut world = world(ANY);
    for (script, code, signal) in
        [("exit 0", json!(0), json!(null)), ("exit 3", json!(3), json!(null)), ("kill -9 $$", json!(null), json!(9))]
    {
        let done = world.ok(sh(script)).await;
        assert_eq!((&done["code"], &done["signal"]), (&code, &signal), "{script}");
    }
}

#[tokio::test]
async fn signals_arrive() {
    let mut world = world(ANY);
    let converse = |script: &str, steps: Value| json!({ "call": "converse", "argv": ["sh", "-c", script], "stderr": "discard", "steps": steps });
    let trap = "trap 'echo got; exit 7' USR1; echo ready; while :; do sleep 0.01; done";
    let steps = json!([{ "call": "next" }, { "call": "signal", "name": "USR1" }, { "call": "next" }, { "call": "wait" }]);
    let said = world.ok(converse(trap, steps)).await;
    assert_eq!(said, json!([{ "out": "ready\n" }, null, { "out": "got\n" }, [7, null]]));
    // The whole group gets it, and what is stopped can still be killed.
    let steps = json!([{ "call": "next" }, { "call": "signal", "name": "STOP" }, { "call": "signal", "name": "KILL" }, { "call": "wait" }]);
    let said = world.ok(converse("sleep 600 & echo ready; wait", steps)).await;
    assert_eq!(said[3], json!([null, 9]));
    for name in ["SIGTERM", "term", "9", "", "PWR"] {
        let steps = json!([{ "call": "signal", "name": name }]);
        let error = world.fails("invalid", converse("sleep 600", steps)).await;
        assert!(error.contains("without `SIG`"), "{error}");
    }
}

#[tokio::test]
async fn a_directory_is_chosen() {
    let mut world = world(ANY);
    world.file("sub/x", "");
    let at = |dir: &str| json!({ "call": "program", "argv": ["pwd", "-P"], "dir": dir });
    let root = world.root.to_str().unwrap().to_owned();
    assert_eq!(world.ok(json!({ "call": "program", "argv": ["pwd", "-P"] })).await["stdout"], format!("{root}\n"));
    assert_eq!(world.ok(at("sub")).await["stdout"], format!("{root}/sub\n"));
    let error = world.fails("not-found", at("none")).await;
    assert!(error.contains("directory"), "{error}");
}

#[tokio::test]
async fn what_is_not_granted_or_not_there_does_not_start() {
    let mut world = world(
        r#"process = [{ program = "echo", args = ["hello", "*"] }, { program = "no-such-program" }, { program = "tools/*" }, { program = "notes" }]"#,
    );
    world.ok(json!({ "call": "program", "argv": ["echo", "hello", "you"] })).await;
    for argv in [
        json!(["echo"]),
        json!(["echo", "hello"]),
        json!(["echo", "hello", "you", "too"]),
        json!(["echo", "bye", "you"]),
        json!(["/bin/echo", "hello", "you"]),
        json!(["ECHO", "hello", "you"]),
        json!(["sh", "-c", "true"]),
        json!(["tools/../../../../../bin/sh"]),
        json!([""]),
    ] {
        let error = world.fails("denied", json!({ "call": "program", "argv": argv })).await;
        assert!(error.contains("process = [{ program = "), "{error}");
    }
    let error = world.fails("not-found", json!({ "call": "program", "argv": ["no-such-program"] })).await;
    assert!(error.contains("not installed"), "{error}");
    world.file("tools/data", "not a program");
    world.fails("not-found", json!({ "call": "program", "argv": ["tools/data"] })).await;
}

#[tokio::test]
async fn a_program_is_found_without_telling_of_others() {
    let mut world = world(r#"process = [{ program = "tools/*", args = ["x"] }]"#);
    let find = |program: &str| json!({ "call": "find-program", "program": program });
    let shell = world.ok(find("sh")).await;
    assert!(shell.as_str().unwrap().starts_with('/'), "{shell}");
    assert_eq!(world.ok(find("no-such-program")).await, json!(null));
    assert_eq!(world.ok(find("tools/none")).await, json!(null));
    world.fails("denied", find("/bin/sh")).await;
    world.fails("denied", find("~/.ssh/id")).await;
    world.fails("denied", find("tools/../other")).await;
}

#[tokio::test]
async fn output_is_limited_and_said_to_be() {
    let mut world = world(ANY);
    world.limits.message = 1 << 20;
    let mut call = sh("head -c 3000000 /dev/zero; head -c 10 /dev/zero >&2");
    call["measure"] = json!(true);
    let done = world.ok(call).await;
    assert_eq!((&done["stdout"], &done["stderr"], &done["truncated"]), (&json!(512 << 10), &json!(10), &json!(true)));
    let mut call = sh("head -c 1000 /dev/zero");
    call["measure"] = json!(true);
    assert_eq!(world.ok(call).await["truncated"], false);
}

/// The peak of this process's memory, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_gigabyte_of_output_passes_in_flat_memory() {
    let mut world = world(ANY);
    // Compiling the guest takes more memory than all of this.
    crate::guest::scripted();
    world.limits.log = 1 << 20;
    let before = peak();
    for to in ["task", "log", "discard"] {
        let mut call = sh("yes 'a line that is written again and again' | head -c 1073741824");
        call["stdout"] = json!(to);
        call["measure"] = json!(true);
        let done = world.ok(call).await;
        assert_eq!(done["code"], 0, "{to}: {done}");
    }
    let log = world.log();
    assert!(log.len() < (1 << 20) / 16 + 3, "{} lines", log.len());
    assert!(log.iter().any(|(stream, text)| *stream == LogStream::Warning && text.contains("the rest is dropped")));
    let grown = peak().saturating_sub(before) >> 10;
    assert!(grown < 256, "{grown} MiB more at the peak");
}

#[tokio::test]
async fn who_waits_gets_the_end_though_the_output_is_not_read() {
    let mut world = world(ANY);
    let call =
        json!({ "call": "converse", "argv": ["sh", "-c", "head -c 10000000 /dev/zero; exit 4"], "steps": [{ "call": "wait" }] });
    assert_eq!(world.ok(call).await, json!([[4, null]]));
}

/// A dropped program goes with all that it started, also what left its session.
#[tokio::test]
async fn nothing_is_left_of_a_program() {
    let mut world = world(ANY);
    let marker = marker("left");
    let script =
        format!("setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 0.1; done' {marker} </dev/null >/dev/null 2>&1 & exit 0");
    world.ok(sh(&script)).await;
    gone(&marker);
    // Dropped while it runs.
    let script = format!("echo up; exec sleep 600 # {marker}");
    world.ok(json!({ "call": "converse", "argv": ["sh", "-c", script], "steps": [{ "call": "next" }] })).await;
    gone(&marker);
    world.ok(sh("echo left >$TMPDIR/file")).await;
    assert!(world.scratch_is_empty());
}

#[tokio::test]
async fn the_terminal_is_for_who_is_granted_it() {
    let mut world = world(ANY);
    let call = json!({ "call": "program", "argv": ["true"], "interactive": true });
    let error = world.fails("denied", call.clone()).await;
    assert!(error.contains("interactive = true"), "{error}");
    world.interactive = true;
    assert_eq!(world.ok(call).await["code"], 0);
    // Its streams are the runner's own, not the task's.
    let call = json!({ "call": "program", "argv": ["sh", "-c", "test /proc/self/fd/0 -ef /proc/$PPID/fd/0; printf ''"], "interactive": true });
    assert_eq!(world.ok(call).await["stdout"], "");
}

#[tokio::test]
async fn how_it_ended_is_kept() {
    let mut world = world(ANY).journaled();
    world.ok(sh("exit 3")).await;
    world.ok(sh("kill -9 $$")).await;
    world.calls(json!([{ "call": "program", "argv": ["no-such-program"] }])).await;
    let kept: Vec<_> = world.effects().into_iter().map(|effect| format!("{} {:?}", effect.state.word(), effect.detail)).collect();
    assert_eq!(kept[..2], ["performed Some(\"exit code 3\")", "performed Some(\"signal 9\")"]);
    assert!(kept[2].starts_with("failed"), "{kept:?}");
}
