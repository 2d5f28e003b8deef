//! Files, allowed and denied.

use crate::world::world;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::json;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

const BUILD: &str = r#"files = { read = ["src/**"], write = ["build/**"] }"#;

#[tokio::test]
async fn what_is_granted_is_read_and_nothing_else() {
    let mut world = world(BUILD);
    world.file("src/a", "one");
    world.file("secret", "two");
    assert_eq!(world.ok(json!({ "call": "read", "path": "src/a" })).await, "one");
    assert_eq!(world.ok(json!({ "call": "read", "path": "./src/../src//a" })).await, "one");
    let absolute = world.root.join("src/a");
    assert_eq!(world.ok(json!({ "call": "read", "path": absolute })).await, "one");
    assert_eq!(world.ok(json!({ "call": "stat", "path": "src/a" })).await, "File 3 false");
    assert_eq!(world.ok(json!({ "call": "stat", "path": "src/none" })).await, json!(null));
    assert_eq!(world.ok(json!({ "call": "list", "path": "src" })).await, json!(["a"]));
    for call in ["read", "stat", "list"] {
        for path in ["secret", ".", "src/../secret", "/etc/passwd", "~/.ssh/id", "Infrafile.toml", "../home/.ssh/id"] {
            let error = world.fails("denied", json!({ "call": call, "path": path })).await;
            assert!(error.contains("files = { read = ["), "{call} {path}: {error}");
        }
    }
}

#[tokio::test]
async fn what_is_granted_is_written_and_nothing_else() {
    let mut world = world(BUILD);
    world.file("src/a", "one");
    world.ok(json!({ "call": "create-directory", "path": "build/deep/er" })).await;
    world.ok(json!({ "call": "write", "path": "build/deep/er/x", "content": "new" })).await;
    world.ok(json!({ "call": "write", "path": "build/tool", "content": "#!/bin/sh", "executable": true })).await;
    assert_eq!(world.read("build/deep/er/x"), "new");
    assert_eq!(world.ok(json!({ "call": "stat", "path": "build/tool" })).await, "File 9 true");
    world.ok(json!({ "call": "remove", "path": "build/deep/er/x" })).await;
    world.ok(json!({ "call": "remove", "path": "build/deep/er/x" })).await;
    world.ok(json!({ "call": "remove", "path": "build/deep/er" })).await;
    assert!(!world.has("build/deep/er") && world.has("build/deep"));
    for call in ["write", "create-directory", "remove"] {
        for path in ["src/a", "build/../src/a", "/tmp/x", "~/.ssh/id", "../x", "build.txt"] {
            let error = world.fails("denied", json!({ "call": call, "path": path, "content": "evil" })).await;
            assert!(error.contains("files = { write = ["), "{call} {path}: {error}");
        }
    }
    assert_eq!(world.read("src/a"), "one");
}

#[tokio::test]
async fn what_belongs_to_the_runner_is_written_by_no_grant() {
    let mut world = world(r#"files = { read = ["**", "/**"], write = ["**", "/**"] }"#);
    let state = world.state.join("journal.sqlite");
    std::fs::write(&state, "rows").unwrap();
    let before = world.read("Infrafile.toml");
    world.file("build/x", "");
    world.link(world.root.join("Infrafile.toml"), "build/link");
    world.link(&world.state, "build/state");
    for path in ["Infrafile.toml", "./build/../Infrafile.toml", "build/link", state.to_str().unwrap(), "build/state/new"] {
        let error = world.fails("denied", json!({ "call": "write", "path": path, "content": "evil" })).await;
        assert!(error.contains("written by no task"), "{path}: {error}");
    }
    for path in ["Infrafile.toml", "build/state/journal.sqlite"] {
        world.fails("denied", json!({ "call": "remove", "path": path })).await;
    }
    // A link to it is not it.
    world.ok(json!({ "call": "remove", "path": "build/link" })).await;
    assert_eq!(world.read("Infrafile.toml"), before);
    assert_eq!(std::fs::read_to_string(state).unwrap(), "rows");
    // Reading needs a grant, and has one here.
    assert_eq!(world.ok(json!({ "call": "read", "path": "Infrafile.toml" })).await, before.as_str());
}

#[tokio::test]
async fn a_grant_of_the_home_directory_is_meant_by_its_tilde() {
    let mut world = world(r#"files = { read = ["~/.config/*"] }"#);
    std::fs::create_dir(world.home.join(".config")).unwrap();
    std::fs::write(world.home.join(".config/a"), "configured").unwrap();
    assert_eq!(world.ok(json!({ "call": "read", "path": "~/.config/a" })).await, "configured");
    world.fails("denied", json!({ "call": "read", "path": "~/.ssh/id" })).await;
}

#[tokio::test]
async fn a_search_finds_what_is_granted() {
    let mut world = world(r#"files = { read = ["src/**", "docs/*.md", "docs"] }"#);
    for path in ["src/a.rs", "src/deep/b.rs", "src/.hidden/c.rs", "src/d.txt", "docs/e.md", "docs/e.rs", "docs/f/g.rs", "h.rs"] {
        world.file(path, "");
    }
    world.link("../docs", "src/link");
    let find = |pattern: &str| json!({ "call": "find", "path": pattern });
    assert_eq!(world.ok(find("src/**/*.rs")).await, json!(["src/.hidden/c.rs", "src/a.rs", "src/deep/b.rs"]));
    assert_eq!(world.ok(find("src/*.rs")).await, json!(["src/a.rs"]));
    assert_eq!(world.ok(find("docs/**")).await, json!(["docs/e.md"]));
    assert_eq!(world.ok(find("src/none/**")).await, json!([]));
    world.fails("denied", find("**/*.rs")).await;
    world.fails("denied", find("/etc/*")).await;
    world.fails("invalid", find("src/../*")).await;
    world.fails("invalid", find("src/[")).await;
}

#[tokio::test]
async fn a_search_for_one_path_needs_that_path_alone() {
    let mut world = world(r#"files = { read = ["a.txt", "none.txt"] }"#);
    for path in ["a.txt", "b.txt"] {
        world.file(path, "");
    }
    let find = |pattern: &str| json!({ "call": "find", "path": pattern });
    assert_eq!(world.ok(find("a.txt")).await, json!(["a.txt"]));
    assert_eq!(world.ok(find("none.txt")).await, json!([]));
    world.fails("denied", find("b.txt")).await;
    world.fails("denied", find("*.txt")).await;
}

#[tokio::test]
async fn paths_that_make_no_sense_are_refused() {
    let mut world = world(r#"files = { read = ["**"], write = ["**"] }"#);
    world.file("file", "x");
    for call in ["read", "write", "stat", "list", "create-directory", "remove", "find"] {
        let answers = world.calls(json!([
            { "call": call, "path": "a\u{0}b" },
            { "call": call, "path": "x/".repeat(10_000) },
            { "call": call, "path": "n".repeat(300) },
            { "call": call, "path": "" },
        ]));
        let answers = answers.await;
        assert_eq!(answers[0]["error"]["code"], "invalid", "{call}: {}", answers[0]);
    }
    assert!(world.has("file"));
    world.fails("conflict", json!({ "call": "write", "path": "file/below" })).await;
    world.fails("conflict", json!({ "call": "create-directory", "path": "file" })).await;
    world.fails("not-found", json!({ "call": "write", "path": "no/directory/x" })).await;
    world.fails("not-found", json!({ "call": "read", "path": "none" })).await;
    world.fails("conflict", json!({ "call": "list", "path": "file" })).await;
    world.file("full/x", "");
    world.fails("conflict", json!({ "call": "remove", "path": "full" })).await;
    world.fails("invalid", json!({ "call": "read", "path": "full" })).await;
    world.fails("invalid", json!({ "call": "write", "path": "full" })).await;
}

/// What cannot be resolved is not told to a task that may not look there.
#[tokio::test]
async fn a_refusal_does_not_tell_what_is_there() {
    let mut world = world(BUILD);
    std::fs::create_dir(world.home.join("there")).unwrap();
    world.link("/nowhere/at/all", "dangling");
    for path in ["~/there/../x", "~/missing/../x", "dangling", "missing", "~/.ssh/id/x"] {
        world.fails("denied", json!({ "call": "read", "path": path })).await;
    }
    world.link("/nowhere/at/all", "src-link");
    world.file("src/a", "");
    world.link("/nowhere/at/all", "src/dangling");
    world.fails("invalid", json!({ "call": "read", "path": "src/dangling" })).await;
}

#[tokio::test]
async fn special_files_are_neither_read_nor_replaced() {
    let mut world = world(r#"files = { read = ["**", "/dev/**"], write = ["**", "/dev/**"] }"#);
    let fifo = world.root.join("pipe");
    mknodat(CWD, &fifo, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(world.root.join("socket")).unwrap();
    for path in ["pipe", "socket", "/dev/zero", "/dev/null", "/dev/random"] {
        for call in ["read", "write"] {
            let error = world.fails("invalid", json!({ "call": call, "path": path, "content": "x" })).await;
            assert!(error.contains("a pipe, a socket or a device"), "{call} {path}: {error}");
        }
        assert_eq!(world.ok(json!({ "call": "stat", "path": path })).await.as_str().unwrap().split(' ').next(), Some("Other"));
    }
    assert!(fifo.metadata().is_ok_and(|metadata| !metadata.is_file()));
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_not_held() {
    let mut world = world(r#"files = { read = ["**"] }"#);
    world.limits.message = 64 << 10;
    let file = std::fs::File::create(world.root.join("huge")).unwrap();
    file.set_len(1 << 40).unwrap();
    world.file("small", &"x".repeat(64 << 10));
    let error = world.fails("limit", json!({ "call": "read", "path": "huge" })).await;
    assert!(error.contains("limits.message"), "{error}");
    assert_eq!(world.ok(json!({ "call": "stat", "path": "huge" })).await, "File 1099511627776 false");
    for number in 0..1_000 {
        world.file(&format!("many/{number:0100}"), "");
    }
    world.fails("limit", json!({ "call": "list", "path": "many" })).await;
    world.fails("limit", json!({ "call": "find", "path": "many/*" })).await;
}

#[tokio::test]
async fn a_file_that_is_replaced_keeps_who_may_read_it() {
    let mut world = world(BUILD);
    let private = world.file("build/private", "old");
    std::fs::set_permissions(&private, std::fs::Permissions::from_mode(0o600)).unwrap();
    let script = world.file("build/script", "old");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o640)).unwrap();
    world.ok(json!({ "call": "write", "path": "build/private", "content": "new" })).await;
    world.ok(json!({ "call": "write", "path": "build/script", "content": "new", "executable": true })).await;
    assert_eq!(private.metadata().unwrap().mode() & 0o777, 0o600);
    assert_eq!(script.metadata().unwrap().mode() & 0o777, 0o750);
    assert_eq!((world.read("build/private"), world.read("build/script")), ("new".to_owned(), "new".to_owned()));
    let names: Vec<_> = std::fs::read_dir(world.root.join("build")).unwrap().collect();
    assert_eq!(names.len(), 2, "no draft is left");
}

#[tokio::test]
async fn the_longest_name_is_written() {
    let mut world = world(BUILD);
    let name = "n".repeat(255);
    std::fs::create_dir(world.root.join("build")).unwrap();
    world.ok(json!({ "call": "write", "path": format!("build/{name}"), "content": "x" })).await;
    assert!(world.has(&format!("build/{name}")));
}

#[tokio::test]
async fn what_is_done_already_is_no_change() {
    let mut world = world(BUILD);
    world.file("build/x", "same");
    let calls = json!([
        { "call": "write", "path": "build/x", "content": "same" },
        { "call": "create-directory", "path": "build" },
        { "call": "remove", "path": "build/none" },
    ]);
    let finished = world.run(&crate::guest::scripted(), json!({ "calls": calls })).await;
    assert!(!finished.changed, "{finished:?}");
    assert!(world.told().iter().all(|told| told == "file.stat Performed"), "{:?}", world.told());
    for call in [
        json!({ "call": "write", "path": "build/x", "content": "other" }),
        json!({ "call": "write", "path": "build/x", "content": "other", "executable": true }),
    ] {
        let finished = world.run(&crate::guest::scripted(), json!({ "calls": [call] })).await;
        assert!(finished.changed, "{call}");
    }
}

#[tokio::test]
async fn each_call_is_kept_with_how_it_ended() {
    let mut world = world(BUILD).journaled();
    world.file("src/a", "");
    world.file("build/x", "old");
    world
        .calls(json!([
            { "call": "read", "path": "src/a" },
            { "call": "read", "path": "/etc/passwd" },
            { "call": "write", "path": "build/x", "content": "new" },
            { "call": "write", "path": "build/no/x", "content": "new" },
        ]))
        .await;
    let kept: Vec<_> =
        world.effects().into_iter().map(|effect| format!("{} {} {}", effect.kind, effect.target, effect.state.word())).collect();
    assert_eq!(
        kept,
        [
            "file.read src/a performed",
            "file.read /etc/passwd refused",
            "file.write build/x performed",
            "file.write build/no/x failed"
        ]
    );
}
