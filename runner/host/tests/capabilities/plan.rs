//! In a plan nothing changes, and what the plan would make is seen by what follows.

use crate::world::plan;
use serde_json::{Value, json};

const FILES: &str = r#"files = { read = ["**"], write = ["**"] }"#;

fn snapshot(root: &std::path::Path) -> Vec<String> {
    let mut found: Vec<String> = ignore::WalkBuilder::new(root)
        .standard_filters(false)
        .build()
        .map(|entry| {
            let entry = entry.unwrap();
            format!("{} {:?}", entry.path().display(), std::fs::read(entry.path()).ok())
        })
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn a_planned_file_is_read_listed_found_looked_at_and_removed() {
    let mut world = plan(FILES);
    world.file("dir/there", "old");
    let before = snapshot(&world.root);
    let script = json!([
        { "call": "planning" },
        { "call": "write", "path": "dir/new", "content": "planned", "executable": true },
        { "call": "read", "path": "dir/new" },
        { "call": "stat", "path": "dir/new" },
        { "call": "list", "path": "dir" },
        { "call": "find", "path": "dir/*" },
        { "call": "remove", "path": "dir/there" },
        { "call": "list", "path": "dir" },
        { "call": "find", "path": "**/there" },
        { "call": "stat", "path": "dir/there" },
        { "call": "write", "path": "dir/new", "content": "again" },
        { "call": "read", "path": "dir/new" },
        { "call": "remove", "path": "dir/new" },
        { "call": "stat", "path": "dir/new" },
        { "call": "list", "path": "dir" },
        { "call": "remove", "path": "dir" },
        { "call": "stat", "path": "dir" },
        { "call": "create-directory", "path": "dir" },
        { "call": "list", "path": "dir" },
    ]);
    let answers: Vec<Value> = world.calls(script).await.into_iter().map(|answer| answer["ok"].clone()).collect();
    let expected = json!([
        true,
        null,
        "planned",
        "File 7 true",
        ["new", "there"],
        ["dir/new", "dir/there"],
        null,
        ["new"],
        [],
        null,
        null,
        "again",
        null,
        null,
        [],
        null,
        null,
        null,
        []
    ]);
    assert_eq!(json!(answers), expected);
    assert_eq!(snapshot(&world.root), before);
    let told = world.told();
    assert_eq!(told.iter().filter(|told| *told == "file.write Planned").count(), 2, "{told:?}");
    assert!(told.iter().filter(|told| told.contains("write") || told.contains("remove")).all(|told| told.ends_with("Planned")));
}

#[tokio::test]
async fn what_follows_in_the_plan_sees_what_an_earlier_step_would_make() {
    let mut world = plan(FILES);
    world.ok(json!({ "call": "create-directory", "path": "out/deep" })).await;
    world.ok(json!({ "call": "write", "path": "out/deep/x", "content": "planned" })).await;
    assert_eq!(world.ok(json!({ "call": "read", "path": "out/deep/x" })).await, "planned");
    assert_eq!(world.ok(json!({ "call": "stat", "path": "out" })).await.as_str().unwrap().split(' ').next(), Some("Directory"));
    assert_eq!(world.ok(json!({ "call": "list", "path": "." })).await, json!(["Infrafile.toml", "out"]));
    assert_eq!(world.ok(json!({ "call": "find", "path": "out/**" })).await, json!(["out/deep/x"]));
    assert!(!world.has("out"));
}

/// What fails when it is done fails in the plan.
#[tokio::test]
async fn a_plan_fails_where_the_run_would() {
    for make in [plan, crate::world::world] {
        let mut world = make(FILES);
        world.file("file", "");
        world.file("full/x", "");
        for (code, call) in [
            ("not-found", json!({ "call": "write", "path": "none/x" })),
            ("conflict", json!({ "call": "write", "path": "file/x" })),
            ("invalid", json!({ "call": "write", "path": "full" })),
            ("conflict", json!({ "call": "create-directory", "path": "file" })),
            ("conflict", json!({ "call": "create-directory", "path": "file/x" })),
            ("conflict", json!({ "call": "remove", "path": "full" })),
            ("denied", json!({ "call": "write", "path": "/etc/x" })),
            ("denied", json!({ "call": "write", "path": "Infrafile.toml" })),
        ] {
            world.fails(code, call).await;
        }
    }
}

#[tokio::test]
async fn a_plan_that_changes_nothing_says_nothing() {
    let mut world = plan(FILES);
    world.file("dir/x", "same");
    let calls = json!([
        { "call": "write", "path": "dir/x", "content": "same" },
        { "call": "create-directory", "path": "dir" },
        { "call": "remove", "path": "dir/none" },
    ]);
    let finished = world.run(&crate::guest::scripted(), json!({ "calls": calls })).await;
    assert!(!finished.changed && !world.told().iter().any(|told| told.ends_with("Planned")), "{:?}", world.told());
}

#[tokio::test]
async fn no_program_runs_and_its_answer_is_unknown() {
    let mut world =
        plan(r#"process = [{ program = "touch", write = ["**"] }, { program = "sh", confine = false, pure = true }]"#);
    for argv in [json!(["touch", "made"]), json!(["sh", "-c", "touch made"])] {
        let error = world.fails("unknown-until-applied", json!({ "call": "program", "argv": argv })).await;
        assert!(error.contains("unknown until applied"), "{error}");
    }
    world.fails("denied", json!({ "call": "program", "argv": ["rm", "made"] })).await;
    assert!(!world.has("made"));
    assert_eq!(world.told(), ["process.run Planned", "process.run Planned", "process.run Refused"]);
}

#[tokio::test]
async fn a_pure_program_runs_and_can_write_nothing() {
    let mut world = plan(r#"process = [{ program = "sh", pure = true, read = ["src/**"], write = ["out/**"] }]"#);
    world.file("src/a", "source");
    let support = infra_confine::support();
    if !(support.files && support.seccomp) {
        world.fails("unknown-until-applied", json!({ "call": "program", "argv": ["sh", "-c", "cat src/a"] })).await;
        return;
    }
    let done = world.ok(json!({ "call": "program", "argv": ["sh", "-c", "cat src/a"] })).await;
    assert_eq!(done["stdout"], "source");
    world.file("out/x", "old");
    let done = world.ok(json!({ "call": "program", "argv": ["sh", "-c", "echo new >out/x || echo no; touch out/y src/y || echo no; cat out/x"] })).await;
    assert_eq!(done["stdout"], "no\nno\nold", "{done}");
    assert!(!world.has("out/y") && !world.has("src/y"));
    let finished =
        world.run(&crate::guest::scripted(), json!({ "calls": [{ "call": "program", "argv": ["sh", "-c", "true"] }] })).await;
    assert!(!finished.changed);
    // A plan makes no directory that only a run would fill.
    let mut fresh = plan(r#"process = [{ program = "sh", pure = true, write = ["fresh/**"] }]"#);
    fresh.ok(json!({ "call": "program", "argv": ["sh", "-c", "true"] })).await;
    assert!(!fresh.has("fresh"));
}
