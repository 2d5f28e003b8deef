//! What programs find in their environment.

use crate::world::{World, world};
use serde_json::{Value, json};
use std::collections::BTreeMap;

async fn environment(world: &mut World, env: Value) -> BTreeMap<String, String> {
    let done = world.ok(json!({ "call": "program", "argv": ["env", "-0"], "env": env })).await;
    let lines = done["stdout"].as_str().unwrap().split('\0').filter_map(|line| line.split_once('='));
    lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[tokio::test]
async fn it_is_empty_but_for_what_every_program_needs() {
    let mut world = world(r#"process = [{ program = "env" }]"#);
    let found = environment(&mut world, json!({})).await;
    assert_eq!(found.keys().collect::<Vec<_>>(), ["HOME", "LANG", "PATH", "TMPDIR"]);
    assert!(found["HOME"].starts_with(world.state.to_str().unwrap()) && found["HOME"] == found["TMPDIR"], "{found:?}");
}

#[tokio::test]
async fn the_runners_own_is_picked_by_grants() {
    let mut some = world(r#"process = [{ program = "env", env = ["TOK*"] }]"#);
    assert_eq!(environment(&mut some, json!({})).await["TOKEN"], "of-the-runner");
    let mut all = world(r#"process = [{ program = "env", env = ["*"] }]"#);
    let found = environment(&mut all, json!({})).await;
    assert_eq!(found["TOKEN"], "of-the-runner");
    // Not by any grant.
    assert!(!found.contains_key("LD_PRELOAD") && !found.contains_key("ENV"), "{found:?}");
}

#[tokio::test]
async fn a_task_adds_to_it_and_its_own_come_last() {
    let mut world = world(r#"process = [{ program = "env", env = ["TOKEN"] }]"#);
    world.env = [("TOKEN", "of the task"), ("ENV", "dev"), ("ODD", "a=b\nc")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let found = environment(&mut world, json!({ "ENV": "stage,qa" })).await;
    assert_eq!((found["TOKEN"].as_str(), found["ENV"].as_str(), found["ODD"].as_str()), ("of the task", "stage,qa", "a=b\nc"));
}

#[tokio::test]
async fn what_makes_programs_run_other_code_is_refused() {
    let mut world = world(r#"process = [{ program = "env" }]"#);
    for (name, value) in [
        ("LD_PRELOAD", "/evil.so"),
        ("BASH_ENV", "evil.sh"),
        ("BASH_FUNC_ls%%", "() { evil; }"),
        ("NODE_OPTIONS", "--require evil"),
        ("GIT_SSH_COMMAND", "evil"),
        ("ENV", "./evil.sh"),
        ("ENV", "$(evil)"),
        ("", "x"),
        ("A=B", "x"),
    ] {
        let call = json!({ "call": "program", "argv": ["env"], "env": { name: value } });
        let error = world.fails("denied", call).await;
        assert!(error.contains("environment variable"), "{error}");
        // The task's own, of the Infrafile, are no exception.
        world.env = [(name.to_owned(), value.to_owned())].into();
        world.fails("denied", json!({ "call": "program", "argv": ["env"] })).await;
        world.env.clear();
    }
}

/// An interactive shell runs the file that `ENV` names when it starts.
#[tokio::test]
async fn env_runs_nothing_in_an_interactive_shell() {
    let mut world = world(r#"process = [{ program = "sh", read = ["**"], write = ["out/**"] }]"#);
    world.interactive = true;
    world.file("dev", "touch out/ran\n");
    let shell = |value: &str| json!({ "call": "program", "argv": ["sh", "-i", "-c", "touch out/started"], "env": { "ENV": value }, "interactive": true });
    world.fails("denied", shell("dev")).await;
    world.fails("denied", shell("./dev")).await;
    assert!(!world.has("out/ran"));
    world.ok(shell("stage")).await;
    assert!(world.has("out/started") && !world.has("out/ran"));
}
