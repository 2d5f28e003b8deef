use crate::{base, file, patterns};
use infra_event::Digest;
use infra_freshness::{Kept, Project, Snapshot, Store};
use std::time::{Duration, SystemTime};

fn kept(outputs: &Snapshot) -> Kept {
    let (programs, program_files, system) = (vec![], Snapshot::default(), String::new());
    Kept { outputs: outputs.portable(), output: serde_json::json!(1), programs, program_files, system }
}

#[test]
fn what_is_kept_comes_back_as_it_was() {
    let (dir, store) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (base, store) = (base(dir.path()), Store::new(store.path().join("s"), 1 << 20));
    file(dir.path(), "out/deep/a", "content");
    std::os::unix::fs::symlink("deep/a", dir.path().join("out/l")).unwrap();
    std::fs::create_dir(dir.path().join("out/empty")).unwrap();
    let all = patterns(&["out/**"]);
    let look = || Snapshot::take(&base, &all, &[], &[]);
    let (made, key) = (look(), Digest::of(b"key"));
    store.keep(key, &kept(&made), &Project { base: &base }).unwrap();
    std::fs::remove_dir_all(dir.path().join("out")).unwrap();
    let found = store.find(key).unwrap();
    Project { base: &base }.bring_back(&found.outputs, &look(), None, &store).unwrap();
    assert!(look().is_same(&made));
    // A link on the way leads nowhere.
    std::fs::remove_dir_all(dir.path().join("out/deep")).unwrap();
    std::os::unix::fs::symlink("/tmp", dir.path().join("out/deep")).unwrap();
    let there = Snapshot::take(&base, &patterns(&["out/l"]), &[], &[]);
    assert!(Project { base: &base }.bring_back(&found.outputs, &there, None, &store).is_err());
}

#[test]
fn what_is_old_or_too_much_goes() {
    let (dir, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let base = base(dir.path());
    let store = Store::new(place.path().to_owned(), 4_000);
    let mut keys = vec![];
    for (name, age) in [("old", 40), ("older", 3), ("new", 0)] {
        file(dir.path(), "out", &format!("{name:>1500}"));
        let made = Snapshot::take(&base, &patterns(&["out"]), &[], &[]);
        let key = Digest::of(name.as_bytes());
        store.keep(key, &kept(&made), &Project { base: &base }).unwrap();
        for folder in ["content", "results"] {
            for entry in walk(&place.path().join(folder)) {
                let open = std::fs::File::options().write(true).open(&entry).unwrap();
                if open.metadata().unwrap().modified().unwrap() > SystemTime::now() - Duration::from_secs(60) {
                    open.set_modified(SystemTime::now() - Duration::from_secs(age * 24 * 3600 + 60)).unwrap();
                }
            }
        }
        keys.push(key);
    }
    store.prune().unwrap();
    assert_eq!(keys.iter().map(|key| store.find(*key).is_some()).collect::<Vec<_>>(), [false, true, true]);
}

fn walk(path: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
