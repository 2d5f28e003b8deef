//! Components that are not what the Infrafile may name.

use crate::{refused, run};
use infra_tests::Project;
use std::os::unix::fs::symlink;

/// A task that does nothing and says that it is done.
fn harmless() -> Vec<u8> {
    let source = r#"(component
  (type $types-type (instance
    (type $text (option string))
    (type $error' (record (field "code" string) (field "message" string) (field "hint" $text) (field "retryable" bool) (field "details" $text)))
    (export "error" (type (eq $error')))))
  (import "infra:task/types@0.1.0" (instance $types (type $types-type)))
  (alias export $types "error" (type $error))
  (core module $main
    (memory (export "memory") 17)
    (data (i32.const 128) "{}")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1048576))
    (func $answer (export "answer") (param i32 i32) (result i32)
      (i32.store8 (i32.const 0) (i32.const 0))
      (i32.store (i32.const 4) (i32.const 128)) (i32.store (i32.const 8) (i32.const 2))
      (i32.const 0)))
  (core instance $i (instantiate $main))
  (type $call (func (param "args" string) (result (result string (error $error)))))
  (func $answer (type $call) (canon lift (core func $i "answer") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (export "requires" (func $answer))
  (export "run" (func $answer)))"#;
    wat::parse_str(source).unwrap()
}

#[test]
fn a_component_comes_from_the_project_and_from_nowhere_else() {
    let with = |uses: &str| format!("[tasks.a]\nuses = '{uses}'\n");
    let project = Project::new(&with("./tools/a.wasm"));
    project.file("tools/a.wasm", harmless());
    project.file("../outside.wasm", harmless());
    symlink("../../outside.wasm", project.root().join("tools/link.wasm")).unwrap();
    symlink("/dev/zero", project.root().join("tools/zero.wasm")).unwrap();
    symlink("a.wasm", project.root().join("tools/inside.wasm")).unwrap();
    run(&project, &["a"]).expect_success();
    project.file("Infrafile.toml", with("./tools/inside.wasm"));
    run(&project, &["a"]).expect_success();
    let absolute = project.root().join("../outside.wasm").display().to_string();
    for uses in [
        "../outside.wasm",
        "./tools/../../outside.wasm",
        "./tools/link.wasm",
        "./tools/zero.wasm",
        "/dev/zero",
        &absolute,
        "file://tools/a.wasm",
        "./tools",
        "std/../tools/a.wasm",
        "std/process/../../x",
    ] {
        project.file("Infrafile.toml", with(uses));
        for verb in ["run", "plan"] {
            let output = project.infra(&[verb, "a"]).output();
            refused(&output, "panicked");
            assert_eq!(output.code, Some(78), "{verb} {uses}: {}", output.stderr);
        }
    }
}

#[test]
fn a_component_that_changes_behind_the_cache_is_the_new_one() {
    let project = Project::new("[tasks.a]\nuses = './a.wasm'\n");
    project.file("a.wasm", harmless());
    run(&project, &["a"]).expect_success();
    // As long as before, with the time that it had: only its content tells.
    let path = project.root().join("a.wasm");
    let time = std::fs::metadata(&path).unwrap().modified().unwrap();
    let mut other = harmless();
    let at = other.windows(2).position(|bytes| bytes == b"{}").unwrap();
    other[at..at + 2].copy_from_slice(b"{!");
    std::fs::write(&path, other).unwrap();
    std::fs::File::open(&path).unwrap().set_modified(time).unwrap();
    let output = run(&project, &["a"]);
    refused(&output, "panicked");
    std::fs::write(&path, harmless()).unwrap();
    run(&project, &["a"]).expect_success();
}
