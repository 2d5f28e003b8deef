use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// How many clean directories wait for the next programs.
const WAITING: usize = 16;

/// The scratch directories of programs. One that its program left as it was made is given to the next: most programs use none, and the kernel
/// keeps what it made of the path.
#[derive(Clone, Debug)]
pub(crate) struct Scratches {
    within: PathBuf,
    clean: Arc<Mutex<Vec<Scratch>>>,
}

/// The scratch directory of one program. Dropped, it is gone with all that is in it.
#[derive(Debug)]
pub(crate) struct Scratch {
    directory: tempfile::TempDir,
    canonical: PathBuf,
    made: Made,
}

/// Everything that a program could change of an empty directory that is not its content.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Made {
    place: (u64, u64),
    changed: (i64, i64),
    modified: (i64, i64),
    mode: u32,
    owner: (u32, u32),
    links: u64,
    attributes: usize,
}

impl Scratches {
    pub(crate) fn new(within: PathBuf) -> Self {
        Self { within, clean: Arc::default() }
    }

    /// An empty directory, for the user alone.
    pub(crate) fn take(&self) -> io::Result<Scratch> {
        if let Some(scratch) = self.clean.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(scratch);
        }
        let directory = tempfile::Builder::new().prefix("scratch-").tempdir_in(&self.within)?;
        let canonical = directory.path().canonicalize().unwrap_or_else(|_| directory.path().to_owned());
        let made = made(directory.path())?;
        Ok(Scratch { directory, canonical, made })
    }

    /// Takes back a directory whose program has ended, with all its descendants. One that is not as it was made is returned.
    pub(crate) fn give_back(&self, scratch: Scratch) -> Result<(), Scratch> {
        if !scratch.is_as_made() {
            return Err(scratch);
        }
        let mut clean = self.clean.lock().unwrap_or_else(PoisonError::into_inner);
        if clean.len() >= WAITING {
            return Err(scratch);
        }
        clean.push(scratch);
        Ok(())
    }
}

impl Scratch {
    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Its path without links.
    pub(crate) fn canonical(&self) -> &Path {
        &self.canonical
    }

    fn is_as_made(&self) -> bool {
        let empty = || std::fs::read_dir(self.path()).is_ok_and(|mut entries| entries.next().is_none());
        made(self.path()).is_ok_and(|now| now == self.made) && empty()
    }
}

fn made(path: &Path) -> io::Result<Made> {
    let metadata = std::fs::symlink_metadata(path)?;
    // A system without extended attributes has none of them to change.
    let attributes = rustix::fs::llistxattr(path, &mut [0_u8; 0]).unwrap_or(0);
    Ok(Made {
        place: (metadata.dev(), metadata.ino()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        mode: metadata.mode(),
        owner: (metadata.uid(), metadata.gid()),
        links: metadata.nlink(),
        attributes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    fn next_after(use_it: impl Fn(&Path)) -> (PathBuf, Scratches, tempfile::TempDir) {
        let within = tempfile::tempdir().unwrap();
        let scratches = Scratches::new(within.path().to_owned());
        let scratch = scratches.take().unwrap();
        let path = scratch.path().to_owned();
        use_it(&path);
        drop(scratches.give_back(scratch));
        (path, scratches, within)
    }

    #[test]
    fn one_that_was_left_alone_is_given_again() {
        let (path, scratches, within) = next_after(|_| ());
        assert_eq!(scratches.take().unwrap().path(), path);
        drop(scratches);
        assert_eq!(fs::read_dir(within.path()).unwrap().count(), 0);
    }

    #[test]
    fn one_that_was_used_is_gone() {
        let uses: [fn(&Path); 4] = [
            |path| fs::write(path.join("file"), "").unwrap(),
            |path| fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap(),
            |path| fs::create_dir(path.join("directory")).unwrap(),
            |path| {
                fs::remove_dir(path).unwrap();
                fs::create_dir(path).unwrap();
            },
        ];
        for use_it in uses {
            let (path, scratches, _within) = next_after(use_it);
            assert!(!path.exists());
            assert_eq!(fs::read_dir(scratches.take().unwrap().path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn two_at_once_are_two() {
        let within = tempfile::tempdir().unwrap();
        let scratches = Scratches::new(within.path().to_owned());
        let (one, other) = (scratches.take().unwrap(), scratches.take().unwrap());
        assert_ne!(one.path(), other.path());
    }
}
