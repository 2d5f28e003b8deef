use crate::{Base, Snapshot};
use infra_effect::PathPattern;
use infra_event::Digest;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Finds the file of a program by the name that a task gives it.
pub type Find = Box<dyn Fn(&str) -> Option<PathBuf> + Send + Sync>;

/// The programs of this machine. Each is looked up and looked at once in a run.
pub struct Programs {
    find: Find,
    system: String,
    paths: Mutex<HashMap<String, Option<String>>>,
    files: Mutex<HashMap<String, Snapshot>>,
}

impl Programs {
    /// `path` are the directories that programs are looked up in.
    #[must_use]
    pub fn new(base: &Base, path: &str, find: Find) -> Self {
        Self { find, system: system(base, path), paths: Mutex::default(), files: Mutex::default() }
    }

    /// What shows that programs or libraries of the system were installed, replaced or removed: a script may call any of them.
    #[must_use]
    pub fn system(&self) -> &str {
        &self.system
    }

    /// The canonical path of a program.
    pub fn path(&self, name: &str) -> Option<String> {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        let found = || (self.find)(name).and_then(|path| path.into_os_string().into_string().ok());
        paths.entry(name.to_owned()).or_insert_with(found).clone()
    }

    /// Whether these names still stand for these paths.
    #[must_use]
    pub fn are_at(&self, programs: &[(String, String)]) -> bool {
        programs.iter().all(|(name, path)| self.path(name).as_deref() == Some(path))
    }

    /// The files at these paths. What a run may change itself, because it lies in the project, is looked at each time.
    #[must_use]
    pub fn files(&self, base: &Base, paths: &[String], known: &Snapshot) -> Snapshot {
        let mut all = Vec::new();
        for path in paths {
            let take = || Snapshot::take(base, &[PathPattern(path.clone())], &[], &[known]);
            let own = Path::new(path).starts_with(base.absolute(""));
            let taken = if own {
                take()
            } else {
                let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
                files.entry(path.clone()).or_insert_with(take).clone()
            };
            all.extend(taken.0);
        }
        all.sort_by(|one, other| one.path.cmp(&other.path));
        all.dedup();
        Snapshot(all)
    }
}

/// A package that is installed, replaced or removed changes the times of a directory of programs, or the list of libraries.
fn system(base: &Base, path: &str) -> String {
    let places = path.split(':').filter(|place| place.starts_with('/')).chain(["/etc/ld.so.cache", "/usr/lib", "/lib"]);
    let mut text = String::new();
    for place in places {
        let real = std::fs::canonicalize(place).ok().and_then(|real| real.into_os_string().into_string().ok());
        let stamp = real.as_deref().and_then(|real| base.stat(real).ok().flatten());
        text.push_str(&format!("{place} {:?}\n", stamp.map(|stat| crate::Stamp::of(&stat))));
    }
    Digest::of(text.as_bytes()).hex()
}

impl std::fmt::Debug for Programs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Programs")
    }
}
