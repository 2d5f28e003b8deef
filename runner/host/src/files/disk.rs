use super::open::{open, open_below};
use crate::CanonicalPath;
use crate::bindings::infra::task::files::{Kind, Metadata};
use infra_event::{ErrorCode, TaskError};
use rustix::fs::{
    AtFlags, Dir, FileType, Gid, Mode, OFlags, Stat, Uid, fchmod, fchown, fstat, mkdirat, openat, renameat, statat, unlinkat,
};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// Opening does not wait for the other end of a pipe, and does not make a terminal the runner's own.
pub(super) const READING: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// Runs blocking work where it holds up nobody.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TaskError> + Send + 'static,
) -> Result<T, TaskError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(TaskError::new(ErrorCode::CANCELLED, "the runner is ending")),
    }
}

pub(super) fn read(path: &CanonicalPath, limit: u64) -> Result<Vec<u8>, TaskError> {
    let file = File::from(open(&path.absolute, READING).map_err(|error| failed("read", path, error))?);
    match kind(&fstat(&file).map_err(|error| failed("read", path, error))?) {
        Kind::File => {}
        Kind::Directory => return Err(failed("read", path, Errno::ISDIR)),
        Kind::Other => return Err(special("read", path)),
    }
    let mut content = Vec::new();
    let read = file.take(limit + 1).read_to_end(&mut content);
    read.map_err(|error| TaskError::new(ErrorCode::INPUT_OUTPUT, format!("`{}` cannot be read: {error}", path.shown)))?;
    if content.len() as u64 > limit {
        return Err(too_large(path, limit));
    }
    Ok(content)
}

pub(super) fn too_large(path: &CanonicalPath, limit: u64) -> TaskError {
    let message = format!("`{}` is larger than `limits.message` ({limit} bytes)", path.shown);
    TaskError::new(ErrorCode::LIMIT, message).hint("raise `limits.message`")
}

pub(super) fn stat(path: &CanonicalPath) -> Result<Option<Metadata>, TaskError> {
    let descriptor = match open(&path.absolute, OFlags::PATH) {
        Ok(descriptor) => descriptor,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        Err(error) => return Err(failed("look at", path, error)),
    };
    let stat = fstat(&descriptor).map_err(|error| failed("look at", path, error))?;
    let size = u64::try_from(stat.st_size).unwrap_or(0);
    Ok(Some(Metadata { kind: kind(&stat), size, executable: stat.st_mode & 0o100 != 0 }))
}

pub(super) fn kind(stat: &Stat) -> Kind {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Directory,
        _ => Kind::Other,
    }
}

/// The names of a directory that are UTF-8, as all paths of a task are.
pub(super) fn list(path: &CanonicalPath, limit: usize) -> Result<Vec<String>, TaskError> {
    let error = |error| failed("list", path, error);
    let directory = open(&path.absolute, OFlags::RDONLY | OFlags::DIRECTORY).map_err(error)?;
    let (mut names, mut size) = (Vec::new(), 0);
    for entry in Dir::new(directory).map_err(error)? {
        let name = entry.map_err(error)?.file_name().to_string_lossy().into_owned();
        if name != "." && name != ".." {
            size += name.len();
            if size > limit {
                let message = format!("`{}` holds more names than `limits.message` ({limit} bytes) allows", path.shown);
                return Err(TaskError::new(ErrorCode::LIMIT, message).hint("raise `limits.message`"));
            }
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The names in a directory below another, with what each is. Links are not followed, and count as nothing.
pub(super) fn entries_below(start: &impl AsFd, path: &str) -> Result<Vec<(String, Kind)>, Errno> {
    let directory = open_below(start, if path.is_empty() { "." } else { path })?;
    let mut entries = Vec::new();
    for entry in Dir::read_from(&directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else { continue };
        let kind = match entry.file_type() {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Directory,
            FileType::Unknown => match statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => kind(&stat),
                Err(_) => continue,
            },
            _ => continue,
        };
        if name != "." && name != ".." {
            entries.push((name.to_owned(), kind));
        }
    }
    Ok(entries)
}

/// Under another name first, then renamed: readers see the old content or the new. Mode and owner of what is replaced stay.
pub(super) fn write(path: &CanonicalPath, content: &[u8], executable: bool) -> Result<(), TaskError> {
    replace(path, content, executable, false)
}

/// The same for the owner's eyes alone, whatever the mode of what is replaced was.
pub(super) fn write_private(path: &CanonicalPath, content: &[u8], executable: bool) -> Result<(), TaskError> {
    replace(path, content, executable, true)
}

fn replace(path: &CanonicalPath, content: &[u8], executable: bool, private: bool) -> Result<(), TaskError> {
    let error = |error| failed("write", path, error);
    let (parent, name) = parent("write", path)?;
    let replaced = match statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode).is_symlink() => return Err(error(Errno::LOOP)),
        Ok(stat) => Some(stat),
        Err(Errno::NOENT) => None,
        Err(cause) => return Err(error(cause)),
    };
    check_replaceable(path, replaced.as_ref().map(kind))?;
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|cause| TaskError::new(ErrorCode::INPUT_OUTPUT, cause.to_string()))?;
    let draft = format!(".infra-{:016x}", u64::from_ne_bytes(random));
    // What replaces a private file is never public, not even for a moment.
    let mode = Mode::from_raw_mode(match (&replaced, executable) {
        _ if private => private_mode(executable),
        (Some(_), _) => 0o600,
        (None, true) => 0o777,
        (None, false) => 0o666,
    });
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(openat(&parent, draft.as_str(), flags, mode).map_err(error)?);
    let written = file
        .write_all(content)
        .map_err(|cause| TaskError::new(ErrorCode::INPUT_OUTPUT, format!("`{}` cannot be written: {cause}", path.shown)))
        .and_then(|()| replaced.map_or(Ok(()), |replaced| take_over(&file, &replaced, executable).map_err(error)))
        .and_then(|()| if private { fchmod(&file, Mode::from_raw_mode(private_mode(executable))).map_err(error) } else { Ok(()) })
        .and_then(|()| renameat(&parent, draft.as_str(), &parent, name).map_err(error));
    if written.is_err() {
        let _ = unlinkat(&parent, draft.as_str(), AtFlags::empty());
    }
    written
}

const fn private_mode(executable: bool) -> u32 {
    if executable { 0o700 } else { 0o600 }
}

fn take_over(file: &File, replaced: &Stat, executable: bool) -> Result<(), Errno> {
    let own = fstat(file)?;
    if (own.st_uid, own.st_gid) != (replaced.st_uid, replaced.st_gid) {
        // Only root can give files away; who cannot becomes the owner.
        let _ = fchown(file, Some(Uid::from_raw(replaced.st_uid)), Some(Gid::from_raw(replaced.st_gid)));
    }
    fchmod(file, Mode::from_raw_mode(mode_of(replaced, executable)))
}

/// The mode of a file that replaces another: who may read it may also execute it, or nobody may.
fn mode_of(replaced: &Stat, executable: bool) -> u32 {
    let mode = replaced.st_mode & 0o777;
    if executable { mode | ((mode & 0o444) >> 2) } else { mode & !0o111 }
}

/// Whether a write would leave the file as it is.
pub(super) fn is_same(path: &CanonicalPath, content: &[u8], executable: bool) -> bool {
    let Ok(file) = open(&path.absolute, READING) else { return false };
    let Ok(stat) = fstat(&file) else { return false };
    let same = kind(&stat) == Kind::File
        && u64::try_from(stat.st_size).is_ok_and(|size| size == content.len() as u64)
        && mode_of(&stat, executable) == stat.st_mode & 0o777;
    let mut found = Vec::new();
    same && File::from(file).take(content.len() as u64 + 1).read_to_end(&mut found).is_ok() && found == content
}

/// The same, and nobody but the owner can read it.
pub(super) fn is_same_private(path: &CanonicalPath, content: &[u8], executable: bool) -> bool {
    let mode = open(&path.absolute, READING).and_then(|file| fstat(&file)).map(|stat| stat.st_mode & 0o777);
    mode == Ok(private_mode(executable)) && is_same(path, content, executable)
}

pub(super) fn create_directory(path: &CanonicalPath) -> Result<(), TaskError> {
    let error = |error| match error {
        Errno::NOTDIR => not_a_directory("make", path),
        error => failed("make", path, error),
    };
    let mut ancestors: Vec<&Path> = path.absolute.ancestors().collect();
    ancestors.reverse();
    let mut directory = None;
    for ancestor in ancestors {
        let next = match open(ancestor, OFlags::PATH | OFlags::DIRECTORY) {
            Err(Errno::NOENT) => {
                if let (Some(parent), Some(name)) = (&directory, ancestor.file_name()) {
                    match mkdirat(parent, name, Mode::from_raw_mode(0o777)) {
                        Ok(()) | Err(Errno::EXIST) => {}
                        Err(cause) => return Err(error(cause)),
                    }
                }
                open(ancestor, OFlags::PATH | OFlags::DIRECTORY)
            }
            other => other,
        };
        directory = Some(next.map_err(error)?);
    }
    Ok(())
}

pub(super) fn remove(path: &CanonicalPath) -> Result<(), TaskError> {
    let (parent, name) = match parent("remove", path) {
        Err(error) if error.code == ErrorCode::NOT_FOUND => return Ok(()),
        other => other?,
    };
    match unlinkat(&parent, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(Errno::ISDIR | Errno::PERM) => {
            unlinkat(&parent, name, AtFlags::REMOVEDIR).map_err(|error| failed("remove", path, error))
        }
        Err(error) => Err(failed("remove", path, error)),
    }
}

pub(super) fn parent<'p>(doing: &str, path: &'p CanonicalPath) -> Result<(OwnedFd, &'p OsStr), TaskError> {
    match (path.absolute.parent(), path.absolute.file_name()) {
        (Some(parent), Some(name)) => {
            let directory = open(parent, OFlags::PATH | OFlags::DIRECTORY).map_err(|error| match error {
                Errno::NOENT => no_parent(doing, path),
                error => failed(doing, path, error),
            })?;
            Ok((directory, name))
        }
        _ => Err(no_file(path)),
    }
}

/// Files alone are replaced.
pub(super) fn check_replaceable(path: &CanonicalPath, kind: Option<Kind>) -> Result<(), TaskError> {
    match kind {
        None | Some(Kind::File) => Ok(()),
        Some(Kind::Directory) => Err(failed("write", path, Errno::ISDIR)),
        Some(Kind::Other) => Err(special("write", path)),
    }
}

pub(super) fn absent(shown: &str) -> TaskError {
    TaskError::new(ErrorCode::NOT_FOUND, format!("there is no `{shown}`"))
}

pub(super) fn no_file(path: &CanonicalPath) -> TaskError {
    TaskError::new(ErrorCode::INVALID, format!("`{}` is not the path of a file", path.shown))
}

pub(super) fn no_directory(path: &CanonicalPath) -> TaskError {
    TaskError::new(ErrorCode::INVALID, format!("`{}` is not a directory", path.shown))
}

pub(super) fn no_parent(doing: &str, path: &CanonicalPath) -> TaskError {
    TaskError::new(ErrorCode::NOT_FOUND, format!("cannot {doing} `{}`: its directory does not exist", path.shown))
        .hint("create the directory first")
}

pub(super) fn not_a_directory(doing: &str, path: &CanonicalPath) -> TaskError {
    let message = format!("cannot {doing} `{}`: it, or a part of its path, is not a directory", path.shown);
    TaskError::new(ErrorCode::CONFLICT, message)
}

pub(super) fn not_empty(path: &CanonicalPath) -> TaskError {
    TaskError::new(ErrorCode::CONFLICT, format!("cannot remove `{}`: the directory is not empty", path.shown))
}

pub(super) fn special(doing: &str, path: &CanonicalPath) -> TaskError {
    let message = format!("cannot {doing} `{}`: it is a pipe, a socket or a device, not a file", path.shown);
    TaskError::new(ErrorCode::INVALID, message)
}

pub(super) fn failed(doing: &str, path: &CanonicalPath, error: Errno) -> TaskError {
    let shown = &path.shown;
    let cause = std::io::Error::from(error);
    let made = |code, message: String| TaskError::new(code, message);
    match error {
        Errno::NOENT => absent(shown),
        Errno::NOTDIR => not_a_directory(doing, path),
        Errno::LOOP => {
            made(ErrorCode::DENIED, format!("cannot {doing} `{shown}`: a part of the path became a link after it was checked"))
        }
        Errno::ISDIR => made(ErrorCode::INVALID, format!("cannot {doing} `{shown}`: it is a directory")),
        Errno::NXIO => special(doing, path),
        Errno::NOTEMPTY | Errno::EXIST => not_empty(path),
        Errno::NOSPC => made(ErrorCode::INPUT_OUTPUT, format!("cannot {doing} `{shown}`: the disk is full"))
            .hint("free some space, then run it again"),
        Errno::ACCESS | Errno::PERM => {
            made(ErrorCode::INPUT_OUTPUT, format!("cannot {doing} `{shown}`: this user may not: {cause}"))
        }
        _ => made(ErrorCode::INPUT_OUTPUT, format!("cannot {doing} `{shown}`: {cause}")),
    }
}
