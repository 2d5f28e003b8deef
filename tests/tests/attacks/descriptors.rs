//! Open files that a program was not given, and what a component says of itself.

use crate::refused;
use infra_tests::{Project, binary};
use std::process::Command;

const SECRET: &str = "xyzzy-secret-of-others";

#[test]
fn a_file_that_the_runner_has_open_is_not_open_in_a_program() {
    let project = Project::new(
        "[tasks.given]\ninteractive = true\nsh = 'cat'\n\
         [tasks.taken]\nsh = 'for n in 3 4 5 6 7 8 9; do { cat <&$n; } 2>/dev/null || true; done; echo end'\n",
    );
    project.file("../key", SECRET);
    // The shell opens the file and leaves it open.
    let call = |task: &str, descriptor: &str| {
        let script = format!("exec {descriptor}<../key; exec {} run {task}", binary().display());
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).current_dir(project.root()).env("HOME", project.home());
        shell.env("XDG_STATE_HOME", project.home().join("state")).env("XDG_CACHE_HOME", binary().with_file_name("test-cache"));
        infra_tests::Output::from(shell.output().unwrap())
    };
    let given = call("given", "0").expect_success();
    assert!(format!("{}{}", given.stdout, given.stderr).contains(SECRET), "{}", given.stderr);
    for descriptor in ["3", "7", "9"] {
        let taken = call("taken", descriptor).expect_success();
        assert!(taken.stderr.contains("end") && !taken.stderr.contains(SECRET), "{descriptor}: {}", taken.stderr);
    }
}

/// A core module with this as the text of a component's description.
fn described(text: &str) -> Vec<u8> {
    let mut bytes = wat::parse_str("(component)").unwrap();
    let mut content = vec![u8::try_from("infra:task".len()).unwrap()];
    content.extend_from_slice(b"infra:task");
    content.extend_from_slice(text.as_bytes());
    bytes.push(0);
    let mut length = content.len();
    loop {
        let low = u8::try_from(length & 0x7f).unwrap();
        length >>= 7;
        bytes.push(if length == 0 { low } else { low | 0x80 });
        if length == 0 {
            break;
        }
    }
    bytes.extend_from_slice(&content);
    bytes
}

#[test]
fn a_description_that_is_too_deep_too_long_or_no_description_is_an_error() {
    let project = Project::new("");
    let inspect = |text: &str| {
        project.file("a.wasm", described(text));
        project.infra(&["inspect", "./a.wasm"]).output()
    };
    let deep = format!("{{\"name\":\"a\",\"params\":{}1{}}}", "[".repeat(200_000), "]".repeat(200_000));
    let long = format!("{{\"name\":\"{}\"}}", "a".repeat(8 << 20));
    for text in [deep.as_str(), long.as_str(), "{", "[]", "null", "{\"name\":1}", "{\"name\":\"a\",\"evil\":true}"] {
        let output = inspect(text);
        refused(&output, "panicked");
        assert!(output.stdout.len() + output.stderr.len() < 100_000, "{} bytes", output.stdout.len() + output.stderr.len());
    }
    // What the runner itself brings describes itself.
    project.infra(&["inspect", "std/process"]).output().expect_success();
}
