//! What `uses` may say, and what it may not.
#![expect(clippy::unwrap_used, reason = "a test fails where its stage cannot be set")]

use infra_components::{ComponentError, Source, find, parse};
use infra_event::{Digest, ErrorCode, TaskError};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn project() -> (TempDir, PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    let root = outer.path().canonicalize().unwrap().join("project");
    fs::create_dir_all(root.join("tasks/hello/src")).unwrap();
    fs::create_dir_all(root.join("empty")).unwrap();
    fs::write(root.join("tasks/hello/Cargo.toml"), "[package]\nname = \"hello-task\"\n").unwrap();
    fs::write(root.join("hello.wasm"), b"hello").unwrap();
    fs::write(outer.path().join("outside.wasm"), b"outside").unwrap();
    (outer, root)
}

#[test]
fn a_standard_task_is_known_by_its_name() {
    let (_outer, root) = project();
    for name in ["doctor", "images", "process", "services"] {
        assert_eq!(parse(&format!("std/{name}"), &root), Ok(Source::BuiltIn(name)));
    }
}

#[test]
fn an_unknown_standard_task_gets_a_suggestion() {
    let (_outer, root) = project();
    let error = parse("std/servces", &root).unwrap_err();
    assert_eq!(error.hint(), "did you mean `std/services`?");
    let error = TaskError::from(error);
    assert_eq!(error.code, ErrorCode::COMPONENT);
    assert!(error.message.contains("`std/servces`") && error.message.contains("`std/doctor`"), "{error}");
    assert!(parse("std/", &root).unwrap_err().hint().contains("write `std/NAME`"));
}

#[test]
fn a_file_of_the_project_is_found() {
    let (_outer, root) = project();
    let source = parse("./hello.wasm", &root).unwrap();
    assert_eq!(source, Source::File(root.join("hello.wasm")));
    let found = find(&source).unwrap();
    assert_eq!(found.digest, Digest::of(b"hello"));
    assert_eq!(&*found.bytes().unwrap(), b"hello");
    assert_eq!(parse("./tasks/../hello.wasm", &root), Ok(source));
}

#[test]
fn a_file_that_changes_after_it_was_found_is_refused() {
    let (_outer, root) = project();
    let found = find(&parse("./hello.wasm", &root).unwrap()).unwrap();
    fs::write(root.join("hello.wasm"), b"other").unwrap();
    assert_eq!(found.bytes(), Err(ComponentError::Changed(root.join("hello.wasm"))));
}

#[test]
fn a_directory_must_be_a_crate() {
    let (_outer, root) = project();
    assert_eq!(parse("./tasks/hello", &root), Ok(Source::Crate(root.join("tasks/hello"))));
    assert_eq!(parse("./tasks/hello/", &root), Ok(Source::Crate(root.join("tasks/hello"))));
    let error = parse("./empty", &root).unwrap_err();
    assert_eq!(error, ComponentError::NoManifest(root.join("empty")));
    assert!(error.hint().contains("infra new"));
}

#[test]
fn nothing_outside_of_the_project_is_used() {
    let (outer, root) = project();
    let outside = outer.path().canonicalize().unwrap().join("outside.wasm");
    symlink(&outside, root.join("link.wasm")).unwrap();
    symlink(outer.path(), root.join("link")).unwrap();
    for uses in ["../outside.wasm", "./../outside.wasm", "./empty/../../outside.wasm", "./link.wasm", "./link/outside.wasm"] {
        let error = parse(uses, &root).unwrap_err();
        assert_eq!(error, ComponentError::Outside { uses: uses.to_owned(), path: outside.clone() });
        assert!(error.hint().contains("copy"));
    }
    // A neighbour whose name starts like the project's.
    fs::create_dir(outer.path().join("project-2")).unwrap();
    fs::write(outer.path().join("project-2/Cargo.toml"), "").unwrap();
    assert!(matches!(parse("../project-2", &root), Err(ComponentError::Outside { .. })));
    assert!(matches!(parse("..", &root), Err(ComponentError::Outside { .. })));
}

#[test]
fn a_link_that_stays_inside_is_followed() {
    let (_outer, root) = project();
    symlink("hello.wasm", root.join("inside.wasm")).unwrap();
    assert_eq!(parse("./inside.wasm", &root), Ok(Source::File(root.join("hello.wasm"))));
}

#[test]
fn what_does_not_exist_is_said_to() {
    let (_outer, root) = project();
    let error = parse("./nothing.wasm", &root).unwrap_err();
    assert!(matches!(&error, ComponentError::Missing(path) if path.ends_with("nothing.wasm")), "{error}");
    symlink("nothing", root.join("dangling.wasm")).unwrap();
    assert!(matches!(parse("./dangling.wasm", &root), Err(ComponentError::Missing(_))));
    symlink("loop.wasm", root.join("loop.wasm")).unwrap();
    assert!(matches!(parse("./loop.wasm", &root), Err(ComponentError::InputOutput { .. })));
    assert!(parse("./nul\0.wasm", &root).is_err());
}

#[test]
fn a_device_is_no_component() {
    assert_eq!(parse("./null", Path::new("/dev")), Err(ComponentError::NotAFile("/dev/null".into())));
}

#[test]
fn a_registry_is_not_supported_and_said_so() {
    let (_outer, root) = project();
    let error = parse("oci://registry.example/task:1", &root).unwrap_err();
    assert!(matches!(error, ComponentError::Unsupported(_)));
    assert!(error.to_string().contains("oci://registry.example/task:1"), "{error}");
}

#[test]
fn another_form_is_refused_with_what_was_meant() {
    let (_outer, root) = project();
    for (uses, hint) in [
        ("hello.wasm", "did you mean `./hello.wasm`?"),
        ("services", "did you mean `std/services`?"),
        ("stdd/process", "did you mean `std/process`?"),
    ] {
        let error = parse(uses, &root).unwrap_err();
        assert!(matches!(error, ComponentError::UnknownForm { .. }), "{uses}");
        assert!(error.hint().starts_with(hint), "{uses}: {}", error.hint());
    }
    for uses in ["", "/etc/passwd", "https://example.com/x.wasm", "zzz", "~/x.wasm", ".hidden"] {
        let error = parse(uses, &root).unwrap_err();
        assert!(matches!(error, ComponentError::UnknownForm { suggestion: None, .. }), "{uses}: {error:?}");
        assert!(error.hint().contains("`./FILE.wasm`"));
    }
}
