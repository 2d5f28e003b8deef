//! `std/backup` and `std/restore` of volumes, with busybox alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use infra_tests::{Output, Stack};
use serde_json::Value;

const COMPOSE: &str = r#"
services:
  files: { image: IMAGE, stop_signal: SIGKILL, volumes: ["data:/data"], entrypoint: [sleep, "1000"] }
volumes: { data: {} }
"#;

/// The files with their owners, modes and content.
const LOOK: &str = "cd /data; ls -lnA | awk 'NR > 1 { print $1, $3, $9 }'; find . -type f | sort | xargs cat | sha256sum";

fn stack() -> Stack {
    let stack = Stack::new(COMPOSE);
    let _up = stack.run("up").expect_success();
    let made = stack.exec(
        "files",
        &["sh", "-ec", "cd /data; seq 50000 > numbers; mkdir dir; echo hidden > dir/.hidden; ln -s numbers link; chmod 600 numbers; chown 5:5 dir"],
    );
    assert_eq!(made, "");
    stack
}

fn infrafile(stack: &Stack, backup: &str, verbs: &str) {
    let name = &stack.name;
    let text = format!(
        r#"
[project]
name = "{name}"

[tasks.backup]
uses  = "std/backup"
allow = [{{ files = {{ read = ["backups", "backups/**"], write = ["backups", "backups/**"] }} }}, {{ docker = [{{ verbs = {verbs} }}] }}]
with  = {{ kind = "volume", service = "files", {backup} }}

[tasks.restore]
uses  = "std/restore"
allow = [{{ files = {{ read = ["backups", "backups/**"] }} }}, {{ docker = [{{ images = ["**"], verbs = ["exec", "run", "stop", "remove"] }}] }}]
with  = {{ kind = "volume", service = "files" }}
"#
    );
    stack.project.file("Infrafile.toml", text);
}

fn run(stack: &Stack, task: &str) -> Output {
    stack.project.infra(&["run", task, "--json"]).output()
}

fn names(stack: &Stack) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(stack.project.root().join("backups")) else { return vec![] };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_volume_comes_back_as_it_was() {
    for (compression, magic) in [("gzip", &[0x1f, 0x8b][..]), ("zstd", &[0x28, 0xb5, 0x2f, 0xfd])] {
        let stack = stack();
        infrafile(&stack, &format!("compression = \"{compression}\", stop = true"), r#"["copy", "run", "stop"]"#);
        let before = stack.exec("files", &["sh", "-c", LOOK]);
        let report: Value = serde_json::from_str(&run(&stack, "backup").expect_success().stdout).unwrap();
        let file = stack.project.root().join("backups").join(report["file"].as_str().unwrap());
        let content = std::fs::read(&file).unwrap();
        assert!(content.starts_with(magic));
        assert_eq!(report["stored_bytes"], content.len());
        assert_eq!(names(&stack).len(), 3);

        let _ = stack.exec("files", &["sh", "-c", "cd /data; rm -r numbers dir; echo other > other; touch .dot"]);
        let _restored = run(&stack, "restore").expect_success();
        assert_eq!(stack.exec("files", &["sh", "-c", LOOK]), before);
        assert_eq!(stack.docker.containers(&stack.name).len(), 1, "the helper is gone");

        // A file that is cut is refused, and what is there stays.
        let _ = stack.exec("files", &["sh", "-c", "echo kept > /data/kept"]);
        std::fs::write(&file, &content[..content.len() - 5]).unwrap();
        let refused = run(&stack, "restore").expect_code(1);
        assert!(refused.stderr.contains("cannot be used"), "{}", refused.stderr);
        assert_eq!(stack.exec("files", &["cat", "/data/kept"]), "kept");
    }
}

#[test]
fn the_old_ones_go_and_the_least_stay() {
    let stack = stack();
    infrafile(&stack, "keep-days = 0, keep-least = 2", r#"["copy"]"#);
    for _ in 0..4 {
        let _made = run(&stack, "backup").expect_success();
        std::thread::sleep(std::time::Duration::from_millis(1100));
    }
    let names = names(&stack);
    assert_eq!(names.iter().filter(|name| name.ends_with(".tar.gz")).count(), 2, "{names:?}");
    assert_eq!(names.len(), 5, "{names:?}");
}

#[test]
fn without_the_grant_to_copy_nothing_is_read() {
    let stack = stack();
    infrafile(&stack, "", r#"["exec"]"#);
    let refused = run(&stack, "backup").expect_code(77);
    assert!(refused.stderr.contains("copy"), "{}", refused.stderr);
    assert_eq!(names(&stack), Vec::<String>::new());
}
