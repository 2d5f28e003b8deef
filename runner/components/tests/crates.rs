//! When a crate counts as built.
#![expect(clippy::unwrap_used, reason = "a test fails where its stage cannot be set")]

use infra_components::{ComponentError, Source, build_command, find, is_fresh, mark_built, parse};
use infra_event::{Digest, TaskError};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A crate that depends on another by path, and on a third through its workspace.
fn project() -> (TempDir, PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    let root = outer.path().canonicalize().unwrap();
    for (path, content) in [
        (
            "Cargo.toml",
            "[workspace]\nmembers = []\n[workspace.dependencies]\nshared = { path = \"shared\" }\nunused = { path = \"unused\" }\n",
        ),
        (
            "task/Cargo.toml",
            "[package]\nname = \"my-task\"\n[dependencies]\nkit = { path = \"../kit\" }\n[target.'cfg(unix)'.dependencies]\nshared.workspace = true\n",
        ),
        ("task/Cargo.lock", "version = 4\n"),
        ("task/src/lib.rs", "// task\n"),
        ("task/src/inner/deep.rs", "// deep\n"),
        ("task/wit/own.wit", "// wit\n"),
        (
            "kit/Cargo.toml",
            "[package]\nname = \"kit\"\n[dependencies]\nmacros = { path = \"macros\" }\ntask = { path = \"../task\" }\n",
        ),
        ("kit/src/lib.rs", "// kit\n"),
        ("kit/macros/Cargo.toml", "[package]\nname = \"macros\"\n"),
        ("kit/macros/src/lib.rs", "// macros\n"),
        ("shared/Cargo.toml", "[package]\nname = \"shared\"\n"),
        ("shared/src/lib.rs", "// shared\n"),
        ("unused/Cargo.toml", "[package]\nname = \"unused\"\n"),
        ("unused/src/lib.rs", "// unused\n"),
    ] {
        write(&root.join(path), content);
    }
    (outer, root)
}

fn write(path: &Path, content: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn built(root: &Path) -> PathBuf {
    let dir = root.join("task");
    write(&build_command(&dir).unwrap().output, "component");
    mark_built(&dir).unwrap();
    assert!(is_fresh(&dir));
    dir
}

#[test]
fn the_command_is_plain_and_settles_its_surroundings() {
    let (_outer, root) = project();
    let dir = root.join("task");
    let command = build_command(&dir).unwrap();
    assert_eq!(command.program, "cargo");
    assert_eq!(command.args, ["build", "--release", "--target", "wasm32-wasip2"]);
    let target = dir.join("target").display().to_string();
    assert_eq!(command.env, [("CARGO_TARGET_DIR".to_owned(), target), ("CARGO_ENCODED_RUSTFLAGS".to_owned(), String::new())]);
    assert_eq!(command.dir, dir);
    assert_eq!(command.output, dir.join("target/wasm32-wasip2/release/my_task.wasm"));
}

#[test]
fn a_crate_that_was_never_built_says_how() {
    let (_outer, root) = project();
    let error = find(&parse("./task", &root).unwrap()).unwrap_err();
    assert!(matches!(error, ComponentError::NotBuilt { .. }));
    let error = TaskError::from(error);
    assert_eq!(error.code, "component");
    assert_eq!(error.hint, Some(format!("run `infra build {}`", root.join("task").display())));
    assert!(!is_fresh(&root.join("task")));
}

#[test]
fn a_component_that_nobody_vouches_for_is_not_used() {
    let (_outer, root) = project();
    let dir = root.join("task");
    write(&build_command(&dir).unwrap().output, "component");
    assert!(matches!(find(&Source::Crate(dir)), Err(ComponentError::NotBuilt { .. })));
}

#[test]
fn a_built_crate_is_found() {
    let (_outer, root) = project();
    let found = find(&Source::Crate(built(&root))).unwrap();
    assert_eq!(found.digest, Digest::of(b"component"));
    assert_eq!(&*found.bytes().unwrap(), b"component");
}

#[test]
fn every_change_of_what_it_is_made_of_makes_it_stale() {
    for path in [
        "task/Cargo.toml",
        "task/Cargo.lock",
        "task/src/lib.rs",
        "task/src/inner/deep.rs",
        "task/src/new.rs",
        "task/build.rs",
        "task/wit/own.wit",
        "kit/src/lib.rs",
        "kit/Cargo.toml",
        "kit/macros/src/lib.rs",
        "shared/src/lib.rs",
        "Cargo.toml",
        "task/target/wasm32-wasip2/release/my_task.wasm",
    ] {
        let (_outer, root) = project();
        let dir = built(&root);
        let file = root.join(path);
        let before = fs::read_to_string(&file).ok();
        write(&file, &format!("{}\n# changed\n", before.as_deref().unwrap_or_default()));
        assert!(!is_fresh(&dir), "{path}");
        assert!(matches!(find(&Source::Crate(dir.clone())), Err(ComponentError::NotBuilt { .. })), "{path}");
        match before {
            Some(before) => write(&file, &before),
            None => fs::remove_file(&file).unwrap(),
        }
        assert!(is_fresh(&dir), "{path}");
    }
}

#[test]
fn a_renamed_or_removed_file_makes_it_stale() {
    let (_outer, root) = project();
    let dir = built(&root);
    fs::rename(dir.join("src/inner/deep.rs"), dir.join("src/inner/deeper.rs")).unwrap();
    assert!(!is_fresh(&dir));
    fs::remove_file(dir.join("src/inner/deeper.rs")).unwrap();
    assert!(!is_fresh(&dir));
}

#[test]
fn what_it_is_not_made_of_does_not_matter() {
    let (_outer, root) = project();
    let dir = built(&root);
    write(&root.join("unused/src/lib.rs"), "// other\n");
    write(&root.join("README.md"), "other\n");
    write(&dir.join("target/other"), "other\n");
    write(&dir.join(".editor/state"), "other\n");
    assert!(is_fresh(&dir));
}

#[test]
fn a_project_that_moves_stays_built() {
    let (outer, root) = project();
    built(&root);
    let other = tempfile::tempdir().unwrap();
    let moved = other.path().join("moved");
    fs::rename(outer.path(), &moved).unwrap();
    assert!(is_fresh(&moved.join("task")));
}

#[test]
fn a_build_without_a_component_is_not_marked() {
    let (_outer, root) = project();
    let error = mark_built(&root.join("task")).unwrap_err();
    assert!(error.to_string().contains("cdylib"), "{error}");
}

#[test]
fn a_manifest_that_is_none_is_an_error() {
    let (_outer, root) = project();
    let dir = root.join("task");
    for content in ["not toml [", "", "[package]\nname = 1\n", "[package]\nname = \"../../evil\"\n", "[package]\nname = \"\"\n"] {
        write(&dir.join("Cargo.toml"), content);
        assert!(matches!(build_command(&dir), Err(ComponentError::Manifest { .. })), "{content}");
        assert!(!is_fresh(&dir));
    }
    write(&dir.join("Cargo.toml"), "[package]\nname = \"a-b\"\n[lib]\nname = \"other\"\n");
    assert!(build_command(&dir).unwrap().output.ends_with("other.wasm"));
}
