//! Links, and what is swapped for a link between the check and the use.

use crate::world::world;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const GRANTS: &str = r#"files = { read = ["in/**"], write = ["in/**"] }"#;

#[tokio::test]
async fn a_link_leads_to_what_it_names() {
    let mut world = world(GRANTS);
    world.file("in/deep/a", "inside");
    world.file("out/b", "outside");
    world.link("deep", "in/to-inside");
    world.link("deep/a", "in/to-a");
    world.link("../out", "in/to-outside");
    world.link("../out/b", "in/to-b");
    world.link("/etc", "in/to-etc");
    for path in ["in/to-inside/a", "in/to-a", "in/to-inside/../deep/a"] {
        assert_eq!(world.ok(json!({ "call": "read", "path": path })).await, "inside", "{path}");
    }
    for path in ["in/to-outside/b", "in/to-b", "in/to-etc/passwd", "in/to-inside/../../out/b"] {
        for call in ["read", "write", "stat"] {
            world.fails("denied", json!({ "call": call, "path": path, "content": "evil" })).await;
        }
    }
    for path in ["in/to-outside/new", "in/to-etc/infra-test-new"] {
        for call in ["write", "create-directory"] {
            world.fails("denied", json!({ "call": call, "path": path, "content": "evil" })).await;
        }
    }
    world.fails("denied", json!({ "call": "list", "path": "in/to-outside" })).await;
    world.fails("denied", json!({ "call": "remove", "path": "in/to-outside/b" })).await;
    assert_eq!(world.read("out/b"), "outside");
    // What is granted through one name is written where it is.
    world.ok(json!({ "call": "write", "path": "in/to-a", "content": "changed" })).await;
    assert_eq!(world.read("in/deep/a"), "changed");
    assert!(world.root.join("in/to-a").is_symlink());
}

#[tokio::test]
async fn a_link_is_removed_and_not_what_it_leads_to() {
    let mut world = world(GRANTS);
    world.file("in/a", "inside");
    world.file("out/b", "outside");
    world.link("a", "in/to-a");
    world.link("../out/b", "in/to-b");
    world.link("../out", "in/to-out");
    for path in ["in/to-a", "in/to-b", "in/to-out"] {
        world.ok(json!({ "call": "remove", "path": path })).await;
        assert!(!world.has(path), "{path}");
    }
    assert_eq!((world.read("in/a"), world.read("out/b")), ("inside".to_owned(), "outside".to_owned()));
}

/// A directory that turns into a link and back, as fast as it can.
struct Swapping {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<u32>>,
}

impl Swapping {
    fn start(root: &std::path::Path) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, root) = (Arc::clone(&stop), root.to_owned());
        std::os::unix::fs::symlink(root.join("out"), root.join("spare")).unwrap();
        let thread = std::thread::spawn(move || {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            let mut swaps = 0;
            while !stopped.load(Ordering::Relaxed) {
                renameat_with(CWD, root.join("in/swapped"), CWD, root.join("spare"), RenameFlags::EXCHANGE).unwrap();
                swaps += 1;
            }
            swaps
        });
        Self { stop, thread: Some(thread) }
    }

    fn end(mut self) -> u32 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }
}

#[tokio::test]
async fn a_directory_that_is_swapped_for_a_link_leads_nowhere() {
    let mut world = world(GRANTS);
    world.file("in/swapped/file", "inside");
    world.file("out/file", "outside");
    world.file("out/only-here", "outside");
    let swapping = Swapping::start(&world.root);
    let round = [
        json!({ "call": "read", "path": "in/swapped/file" }),
        json!({ "call": "write", "path": "in/swapped/new", "content": "x" }),
        json!({ "call": "list", "path": "in/swapped" }),
        json!({ "call": "create-directory", "path": "in/swapped/made" }),
        json!({ "call": "remove", "path": "in/swapped/only-here" }),
        json!({ "call": "stat", "path": "in/swapped/only-here" }),
        json!({ "call": "find", "path": "in/**" }),
    ];
    let calls: Vec<_> = round.iter().cycle().take(round.len() * 300).cloned().collect();
    let answers = world.calls(json!(calls)).await;
    assert!(swapping.end() > 0);
    for (call, answer) in calls.iter().zip(&answers) {
        let shown = answer.to_string();
        assert!(!shown.contains("outside") && !shown.contains("File 7"), "{call}: {shown}");
        if call["call"] == "list" || call["call"] == "find" {
            assert!(!answer["ok"].to_string().contains("only-here"), "{call}: {shown}");
        }
    }
    let read = answers.iter().filter(|answer| answer["ok"] == "inside").count();
    let refused = answers.iter().filter(|answer| answer["error"]["code"] == "denied").count();
    assert!(read > 0 && refused > 0, "{read} read, {refused} refused");
    let mut outside: Vec<_> =
        std::fs::read_dir(world.root.join("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    outside.sort();
    assert_eq!(outside, ["file", "only-here"]);
}
