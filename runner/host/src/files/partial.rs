use super::disk::{READING, failed, kind, no_file, parent, special};
use super::open::open;
use crate::CanonicalPath;
use crate::bindings::infra::task::files::Kind;
use infra_event::{ErrorCode, TaskError};
use rustix::fs::{AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, flock, fstat, openat, renameat, statat, unlinkat};
use rustix::io::Errno;
use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;

/// What the hidden name of an unfinished file holds.
const SIGN: &str = ".infra-partial-";

/// A file that is being written under a hidden name. Dropped before [`PartialFile::commit`], it is gone.
#[derive(Debug)]
pub(crate) struct PartialFile {
    path: CanonicalPath,
    directory: OwnedFd,
    draft: String,
    /// Locked, so that others know that someone writes it.
    file: File,
    committed: bool,
}

impl PartialFile {
    /// Begins a file; only its owner may read it, unless it replaces one that others may. What killed runners have left in the directory
    /// is removed, as far as `may_remove` says so.
    pub(crate) fn create(path: &CanonicalPath, may_remove: impl Fn(&str) -> bool) -> Result<Self, TaskError> {
        let error = |error| failed("write", path, error);
        let (beside, name) = parent("write", path)?;
        let name = name.to_str().ok_or_else(|| no_file(path))?;
        let replaced = match statat(&beside, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode).is_symlink() => return Err(error(Errno::LOOP)),
            Ok(stat) => Some(stat),
            Err(Errno::NOENT) => None,
            Err(cause) => return Err(error(cause)),
        };
        super::disk::check_replaceable(path, replaced.as_ref().map(kind))?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = openat(&beside, ".", flags, Mode::empty()).map_err(error)?;
        sweep(&directory, |draft| may_remove(draft));
        let mode = Mode::from_raw_mode(replaced.map_or(0o600, |replaced| replaced.st_mode & 0o666));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        loop {
            let mut random = [0; 8];
            getrandom::fill(&mut random).map_err(|cause| TaskError::new(ErrorCode::INPUT_OUTPUT, cause.to_string()))?;
            let draft = format!(".{name}{SIGN}{:016x}", u64::from_ne_bytes(random));
            let file = File::from(openat(&directory, draft.as_str(), flags, mode).map_err(error)?);
            // Where file systems have no locks, nobody sweeps either.
            let _ = flock(&file, FlockOperation::NonBlockingLockExclusive);
            // Another runner may have swept it away before it was locked.
            if fstat(&file).is_ok_and(|stat| stat.st_nlink > 0) {
                return Ok(Self { path: path.clone(), directory, draft, file, committed: false });
            }
        }
    }

    /// Adds to it.
    pub(crate) fn write(&mut self, data: &[u8]) -> Result<(), TaskError> {
        self.file.write_all(data).map_err(|cause| self.failed(&cause))
    }

    /// Gives it its name, once all of it is on the disk.
    pub(crate) fn commit(mut self) -> Result<(), TaskError> {
        self.file.sync_all().map_err(|cause| self.failed(&cause))?;
        let name = self.path.absolute.file_name().map(OsString::from).unwrap_or_default();
        renameat(&self.directory, self.draft.as_str(), &self.directory, name.as_os_str())
            .map_err(|error| failed("write", &self.path, error))?;
        self.committed = true;
        // A file system that cannot sync a directory has its own ways.
        let _ = rustix::fs::fsync(&self.directory);
        Ok(())
    }

    fn failed(&self, cause: &std::io::Error) -> TaskError {
        match cause.raw_os_error() {
            Some(number) => failed("write", &self.path, Errno::from_raw_os_error(number)),
            None => TaskError::new(ErrorCode::INPUT_OUTPUT, format!("`{}` cannot be written: {cause}", self.path.shown)),
        }
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.committed {
            let _ = unlinkat(&self.directory, self.draft.as_str(), AtFlags::empty());
        }
    }
}

/// Removes the unfinished files that nobody writes any more.
fn sweep(directory: &OwnedFd, may_remove: impl Fn(&str) -> bool) {
    for entry in Dir::read_from(directory).into_iter().flatten().flatten() {
        let Ok(name) = entry.file_name().to_str() else { continue };
        if !name.starts_with('.') || !name.contains(SIGN) || !may_remove(name) {
            continue;
        }
        let flags = READING | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        if let Ok(file) = openat(directory, name, flags, Mode::empty())
            && flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()
        {
            let _ = unlinkat(directory, name, AtFlags::empty());
        }
    }
}

/// A file that is read in pieces.
#[derive(Debug)]
pub(crate) struct Source {
    path: CanonicalPath,
    file: File,
    /// Bytes, when it was opened.
    pub(crate) size: u64,
}

impl Source {
    pub(crate) fn open(path: &CanonicalPath) -> Result<Self, TaskError> {
        let file = File::from(open(&path.absolute, READING).map_err(|error| failed("read", path, error))?);
        let stat = fstat(&file).map_err(|error| failed("read", path, error))?;
        match kind(&stat) {
            Kind::File => {}
            Kind::Directory => return Err(failed("read", path, Errno::ISDIR)),
            Kind::Other => return Err(special("read", path)),
        }
        Ok(Self { path: path.clone(), file, size: u64::try_from(stat.st_size).unwrap_or(0) })
    }

    /// The next bytes; none at the end.
    pub(crate) fn read(&mut self, piece: &mut [u8]) -> Result<usize, TaskError> {
        self.file
            .read(piece)
            .map_err(|cause| TaskError::new(ErrorCode::INPUT_OUTPUT, format!("`{}` cannot be read: {cause}", self.path.shown)))
    }
}
