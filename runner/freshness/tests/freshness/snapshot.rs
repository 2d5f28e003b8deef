use crate::{base, file, patterns};
use infra_freshness::Snapshot;
use proptest::prelude::*;
use std::path::Path;

fn paths(root: &Path, all: &[&str], without: &[&str]) -> Vec<String> {
    let snapshot = Snapshot::take(&base(root), &patterns(all), &patterns(without), &[]);
    snapshot.matched().map(|look| look.path.clone()).collect()
}

#[test]
fn patterns_match_as_in_grants() {
    let dir = tempfile::tempdir().unwrap();
    for path in ["a.c", "src/a.c", "src/deep/b.c", "src/deep/b.h", "build/x", ".hidden/y"] {
        file(dir.path(), path, "");
    }
    std::os::unix::fs::symlink("src", dir.path().join("link")).unwrap();
    for (all, without, found) in [
        (&["src/a.c", "missing"][..], &[][..], &["src/a.c"][..]),
        (&["src/*"], &[], &["src/a.c", "src/deep"]),
        (&["src/**/*.c"], &[], &["src/a.c", "src/deep/b.c"]),
        (&["src/**"], &[], &["src", "src/a.c", "src/deep", "src/deep/b.c", "src/deep/b.h"]),
        (&["**/b.*"], &[], &["src/deep/b.c", "src/deep/b.h"]),
        (&["*/deep/**"], &[], &["src/deep", "src/deep/b.c", "src/deep/b.h"]),
        (&["link/**"], &[], &["link"]),
        (&["*"], &["build/**", "link"], &[".hidden", "a.c", "src"]),
        (&["src/**"], &["src/deep/*.h"], &["src", "src/a.c", "src/deep", "src/deep/b.c"]),
    ] {
        assert_eq!(paths(dir.path(), all, without), found, "{all:?} without {without:?}");
    }
}

#[test]
fn what_is_fresh_is_read_again_and_what_is_settled_is_not() {
    let dir = tempfile::tempdir().unwrap();
    file(dir.path(), "src/a", "1");
    let time = |to| std::fs::File::options().write(true).open(dir.path().join("src/a")).unwrap().set_modified(to).unwrap();
    let now = std::time::SystemTime::now();
    time(now + std::time::Duration::from_secs(3600));
    let fresh = Snapshot::take(&base(dir.path()), &patterns(&["src/**"]), &[], &[]);
    assert!(!fresh.is_settled() && !fresh.is_unchanged(&base(dir.path())));
    time(now - std::time::Duration::from_secs(3600));
    std::thread::sleep(std::time::Duration::from_millis(60));
    let settled = Snapshot::take(&base(dir.path()), &patterns(&["src/**", "missing"]), &[], &[&fresh]);
    assert!(settled.is_settled() && settled.is_unchanged(&base(dir.path())));
    file(dir.path(), "missing", "");
    assert!(!settled.is_unchanged(&base(dir.path())));
    std::fs::remove_file(dir.path().join("missing")).unwrap();
    assert!(settled.is_unchanged(&base(dir.path())));
    file(dir.path(), "src/new", "");
    assert!(!settled.is_unchanged(&base(dir.path())));
}

#[test]
fn a_pipe_and_a_name_that_is_no_text_cannot_be_compared() {
    let dir = tempfile::tempdir().unwrap();
    file(dir.path(), "a", "");
    let look = || Snapshot::take(&base(dir.path()), &patterns(&["*"]), &[], &[]);
    assert_eq!(look().incomparable(), None);
    let name: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff");
    std::fs::write(dir.path().join(name), "").unwrap();
    assert_eq!(look().incomparable().unwrap().1, "its name is not UTF-8");
    std::fs::remove_file(dir.path().join(name)).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, dir.path().join("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert_eq!(look().incomparable().unwrap().0, "pipe");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is done to files: stamps alone never say that nothing has changed where something has, and neither do digests.
    #[test]
    fn no_change_is_missed(edits in prop::collection::vec((0..6_usize, 0..5_u8, any::<bool>()), 1..12)) {
        let dir = tempfile::tempdir().unwrap();
        let names = ["src/a", "src/b", "src/deep/a", "src/deep/b", "other/a", "c"];
        let all = patterns(&["src/**", "c"]);
        let state = |root: &Path| -> Vec<Option<String>> {
            names.iter().filter(|name| !name.starts_with("other")).map(|name| std::fs::read_to_string(root.join(name)).ok()).collect()
        };
        let mut known = Snapshot::take(&base(dir.path()), &all, &[], &[]);
        let mut before = state(dir.path());
        for (name, content, wait) in edits {
            let path = dir.path().join(names[name]);
            match content {
                0 => drop(std::fs::remove_file(&path)),
                content => file(dir.path(), names[name], &content.to_string()),
            }
            if wait {
                std::thread::sleep(std::time::Duration::from_millis(30));
            }
            let now = state(dir.path());
            let unchanged = known.is_unchanged(&base(dir.path()));
            let later = Snapshot::take(&base(dir.path()), &all, &[], &[&known]);
            prop_assert!(now == before || !unchanged);
            prop_assert!(now == before || later.digest() != known.digest());
            prop_assert_eq!(later.digest(), Snapshot::take(&base(dir.path()), &all, &[], &[]).digest());
            (known, before) = (later, now);
        }
    }
}
