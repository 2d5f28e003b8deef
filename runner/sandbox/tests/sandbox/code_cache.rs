use crate::stage::{BOTH, asks, plain, quiet, sandbox};
use infra_event::Digest;
use infra_sandbox::{Allocation, CodeCache, LoadError, Sandbox, SandboxError};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("cache/code");
    (outer, dir)
}

fn cached(dir: &Path) -> Sandbox {
    sandbox(Allocation::OnDemand, Some(CodeCache::open(dir).unwrap()))
}

fn refused(dir: &Path) -> String {
    match CodeCache::open(dir) {
        Err(error @ SandboxError::Cache { .. }) => error.to_string(),
        other => format!("not refused: {other:?}"),
    }
}

/// The file of a component with this ending.
fn file(dir: &Path, bytes: &[u8], ending: &str) -> PathBuf {
    let hex = Digest::of(bytes).hex();
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut found = entries.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(&hex));
    found.find(|path| path.extension().unwrap() == ending).unwrap()
}

#[test]
fn the_second_load_does_not_ask_for_bytes() {
    let (_outer, dir) = place();
    assert!(asks(&cached(&dir), &quiet()));
    assert!(!asks(&cached(&dir), &quiet()));
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
    for entry in fs::read_dir(&dir).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
        assert!(!entry.file_name().to_str().unwrap().ends_with(".new"), "{entry:?}");
    }
}

#[test]
fn both_kinds_of_engine_run_the_same_code() {
    let (_outer, dir) = place();
    for (index, allocation) in BOTH.into_iter().cycle().take(4).enumerate() {
        let sandbox = sandbox(allocation, Some(CodeCache::open(&dir).unwrap()));
        assert_eq!(asks(&sandbox, &quiet()), index == 0, "{allocation:?}");
    }
}

#[test]
fn in_one_sandbox_a_component_is_loaded_once() {
    let sandbox = sandbox(Allocation::OnDemand, None);
    assert!(asks(&sandbox, &quiet()));
    assert!(!asks(&sandbox, &quiet()));
    let refused = sandbox.load(Digest::of(b"x"), || Err(LoadError::CoreModule)).unwrap_err();
    assert_eq!(refused, LoadError::CoreModule);
    // A failure is not kept: the file may be there now.
    sandbox.load(Digest::of(b"x"), || Ok(quiet())).unwrap();
}

#[test]
fn a_damaged_file_is_made_again() {
    for ending in ["cwasm", "mac"] {
        let (_outer, dir) = place();
        assert!(asks(&cached(&dir), &quiet()));
        let path = file(&dir, &quiet(), ending);
        let whole = fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        for damaged in [&b""[..], &whole[..whole.len() / 2], &whole[..whole.len() - 1], &flipped, &[&whole[..], b"x"].concat()] {
            fs::write(&path, damaged).unwrap();
            assert!(asks(&cached(&dir), &quiet()), "{ending} {}", damaged.len());
            assert!(!asks(&cached(&dir), &quiet()), "{ending} {}", damaged.len());
        }
        fs::remove_file(&path).unwrap();
        assert!(asks(&cached(&dir), &quiet()));
        assert!(!asks(&cached(&dir), &quiet()));
    }
}

#[test]
fn another_components_code_is_refused_under_this_name() {
    let (_outer, dir) = place();
    let other = plain("(func (export \"run\") unreachable)");
    assert!(asks(&cached(&dir), &quiet()));
    assert!(asks(&cached(&dir), &other));
    for ending in ["cwasm", "mac"] {
        let path = file(&dir, &quiet(), ending);
        fs::copy(file(&dir, &other, ending), path).unwrap();
    }
    assert!(asks(&cached(&dir), &quiet()));
    assert!(!asks(&cached(&dir), &quiet()));
    assert!(!asks(&cached(&dir), &other));
}

#[test]
fn a_link_in_place_of_code_is_refused() {
    let (outer, dir) = place();
    assert!(asks(&cached(&dir), &quiet()));
    let path = file(&dir, &quiet(), "cwasm");
    let elsewhere = outer.path().join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    symlink(&elsewhere, &path).unwrap();
    assert!(asks(&cached(&dir), &quiet()));
    assert!(!fs::symlink_metadata(&path).unwrap().is_symlink());
}

#[test]
fn code_of_another_key_is_made_again() {
    let (_outer, dir) = place();
    assert!(asks(&cached(&dir), &quiet()));
    fs::remove_file(dir.join("key")).unwrap();
    assert!(asks(&cached(&dir), &quiet()));
    assert!(!asks(&cached(&dir), &quiet()));
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let (_outer, dir) = place();
    CodeCache::open(&dir).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o666] {
        fs::set_permissions(dir.join("key"), Permissions::from_mode(mode)).unwrap();
        assert!(refused(&dir).contains("others can read or write the key; remove it"), "{mode:o}");
    }
}

#[test]
fn a_key_that_is_too_short_or_a_link_is_refused() {
    let (outer, dir) = place();
    CodeCache::open(&dir).unwrap();
    let key = dir.join("key");
    fs::write(&key, [7; 31]).unwrap();
    assert!(refused(&dir).contains("too short"));
    fs::remove_file(&key).unwrap();
    symlink(outer.path().join("key"), &key).unwrap();
    assert!(!refused(&dir).starts_with("not refused"));
}

#[test]
fn a_directory_that_others_can_enter_is_refused() {
    let (_outer, dir) = place();
    CodeCache::open(&dir).unwrap();
    for mode in [0o755, 0o750, 0o770, 0o701, 0o777] {
        fs::set_permissions(&dir, Permissions::from_mode(mode)).unwrap();
        assert!(refused(&dir).contains("with mode 0700"), "{mode:o}");
    }
}

#[test]
fn a_link_or_a_file_in_place_of_the_directory_is_refused() {
    let (outer, dir) = place();
    CodeCache::open(&dir).unwrap();
    let link = outer.path().join("link");
    symlink(&dir, &link).unwrap();
    assert!(!refused(&link).starts_with("not refused"));
    fs::write(outer.path().join("file"), "").unwrap();
    assert!(!refused(&outer.path().join("file")).starts_with("not refused"));
}

#[test]
fn a_draft_that_was_left_behind_is_in_nobodys_way() {
    let (_outer, dir) = place();
    CodeCache::open(&dir).unwrap();
    fs::remove_file(dir.join("key")).unwrap();
    fs::write(dir.join(format!("key.{}.new", std::process::id())), "").unwrap();
    CodeCache::open(&dir).unwrap();
}

#[test]
fn many_at_once_agree() {
    for _ in 0..5 {
        let (_outer, dir) = place();
        let barrier = Barrier::new(8);
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        asks(&cached(&dir), &quiet())
                    })
                })
                .collect();
            assert!(threads.into_iter().any(|thread| thread.join().unwrap()));
        });
        assert!(!asks(&cached(&dir), &quiet()));
        let left: Vec<_> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 3, "{left:?}");
    }
}

#[test]
fn many_at_once_in_one_sandbox_load_it_once() {
    let sandbox = sandbox(Allocation::OnDemand, None);
    let barrier = Barrier::new(8);
    let asked: usize = std::thread::scope(|scope| {
        let load = || {
            barrier.wait();
            usize::from(asks(&sandbox, &quiet()))
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(load)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(asked, 1);
}
