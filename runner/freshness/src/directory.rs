use crate::{Base, Kind, Look, Record, Snapshot, Store};
use rustix::fs::{AtFlags, Mode, OFlags, fchmod, mkdirat, openat, renameat, symlinkat, unlinkat};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

/// The files of a project as outputs of steps: removed before a step runs, brought back where they are kept.
#[derive(Debug)]
pub struct Project<'a> {
    /// Where paths start.
    pub base: &'a Base,
}

/// What became of outputs that were there before a step runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Nothing of them is left.
    All,
    /// This is there, and not known to be the step's own. Nothing was removed.
    Foreign(String),
}

const OPENING: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Project<'_> {
    /// Removes what is there of a step's outputs, so that what it makes depends on nothing that it made before. What it has not made itself
    /// stays, and then nothing is removed.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn take_away(&self, there: &Snapshot, record: Option<&Record>) -> io::Result<Taken> {
        let foreign = |look: &&Look| look.kind != Kind::Directory && !record.is_some_and(|record| record.made(&look.path));
        if let Some(foreign) = there.matched().find(foreign) {
            return Ok(Taken::Foreign(foreign.path.clone()));
        }
        // What lies in a directory comes after it.
        let all: Vec<&Look> = there.matched().collect();
        for look in all.into_iter().rev() {
            self.remove(look)?;
        }
        Ok(Taken::All)
    }

    fn remove(&self, look: &Look) -> io::Result<()> {
        let Some((parent, name)) = self.parent(&look.path, false)? else { return Ok(()) };
        let flags = if look.kind == Kind::Directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
        match unlinkat(&parent, name, flags) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            // Something that is nobody's output lies in it.
            Err(Errno::NOTEMPTY | Errno::EXIST) if look.kind == Kind::Directory => Ok(()),
            Err(error) => Err(named(&look.path, error.into())),
        }
    }

    /// Makes the outputs as they were kept: what is missing or another is brought back, what the step had made besides is removed.
    ///
    /// # Errors
    /// When the store does not have it whole, or it cannot be written.
    pub fn bring_back(&self, kept: &Snapshot, there: &Snapshot, record: Option<&Record>, store: &Store) -> io::Result<()> {
        // All is looked at before anything is touched.
        for look in kept.matched().filter(|look| there.at(&look.path) != Some(&look.kind)) {
            if let Kind::File(digest, _) = &look.kind {
                store.check(*digest).map_err(|error| named(&look.path, error))?;
            }
        }
        let others: Vec<&Look> = there.matched().filter(|look| kept.at(&look.path).is_none()).collect();
        for look in others.into_iter().rev().filter(|look| record.is_some_and(|record| record.made(&look.path))) {
            self.remove(look)?;
        }
        for look in kept.matched().filter(|look| there.at(&look.path) != Some(&look.kind)) {
            let Some((parent, name)) = self.parent(&look.path, true)? else { continue };
            let made = match &look.kind {
                Kind::Directory => match mkdirat(&parent, name, Mode::from_raw_mode(0o777)) {
                    Err(Errno::EXIST) => openat(&parent, name, OFlags::RDONLY | OPENING, Mode::empty()).map(drop),
                    other => other,
                },
                Kind::File(digest, executable) => return_file(&parent, name, store, *digest, *executable),
                Kind::Link(target) => {
                    let draft = draft()?;
                    symlinkat(target.as_str(), &parent, draft.as_str()).and_then(|()| {
                        renameat(&parent, draft.as_str(), &parent, name).inspect_err(|_| {
                            let _ = unlinkat(&parent, draft.as_str(), AtFlags::empty());
                        })
                    })
                }
                Kind::Absent | Kind::Other(_) => Ok(()),
            };
            made.map_err(|error| named(&look.path, error.into()))?;
        }
        Ok(())
    }

    /// Opens a file of the project for reading; no link is followed.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self, path: &str) -> io::Result<File> {
        let Some((parent, name)) = self.parent(path, false)? else { return Err(io::ErrorKind::NotFound.into()) };
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(openat(&parent, name, flags, Mode::empty())?))
    }

    /// The directory of a path, opened part by part without following links, and the name in it. None where it is not there.
    fn parent<'p>(&self, path: &'p str, make: bool) -> io::Result<Option<(OwnedFd, &'p str)>> {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut open = self.base.descriptor().as_fd().try_clone_to_owned()?;
        for part in directory.split('/').filter(|part| !part.is_empty()) {
            let next = match openat(&open, part, OFlags::RDONLY | OPENING, Mode::empty()) {
                Err(Errno::NOENT) if !make => return Ok(None),
                Err(Errno::NOENT) => {
                    match mkdirat(&open, part, Mode::from_raw_mode(0o777)) {
                        Ok(()) | Err(Errno::EXIST) => {}
                        Err(error) => return Err(named(path, error.into())),
                    }
                    openat(&open, part, OFlags::RDONLY | OPENING, Mode::empty())
                }
                other => other,
            };
            open = next.map_err(|error| named(path, error.into()))?;
        }
        Ok(Some((open, name)))
    }
}

/// Under another name first, then renamed: there is never a part of it.
fn return_file(parent: &OwnedFd, name: &str, store: &Store, digest: infra_event::Digest, executable: bool) -> Result<(), Errno> {
    let draft = draft().map_err(|_| Errno::IO)?;
    let mode = Mode::from_raw_mode(if executable { 0o777 } else { 0o666 });
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(openat(parent, draft.as_str(), flags, mode)?);
    let errno = |error: io::Error| Errno::from_io_error(&error).unwrap_or(Errno::IO);
    let written = store
        .copy(digest, &mut file)
        .map_err(errno)
        .and_then(|()| {
            if executable {
                rustix::fs::fstat(&file).and_then(|stat| fchmod(&file, Mode::from_raw_mode(stat.st_mode & 0o777 | 0o100)))
            } else {
                Ok(())
            }
        })
        .and_then(|()| renameat(parent, draft.as_str(), parent, name));
    if written.is_err() {
        let _ = unlinkat(parent, draft.as_str(), AtFlags::empty());
    }
    written
}

fn draft() -> io::Result<String> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    Ok(format!(".infra-{:016x}", u64::from_ne_bytes(random)))
}

fn named(path: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{path}`: {error}"))
}
