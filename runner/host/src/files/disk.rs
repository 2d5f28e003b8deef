use crate::CanonicalPath;
use crate::bindings::infra::task::files::{Kind, Metadata};
use infra_event::{ErrorCode, TaskError};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, fstat, mkdirat, openat, renameat, unlinkat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;

/// Runs blocking work where it holds up nobody.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TaskError> + Send + 'static,
) -> Result<T, TaskError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(TaskError::new(ErrorCode::CANCELLED, "the runner is ending")),
    }
}

pub(super) fn absent(shown: &str) -> TaskError {
    TaskError::new(ErrorCode::NOT_FOUND, format!("there is no `{shown}`"))
}

pub(super) fn read(path: &CanonicalPath, limit: u64) -> Result<Vec<u8>, TaskError> {
    let file = File::from(open(&path.absolute, OFlags::RDONLY | OFlags::NONBLOCK).map_err(|error| failed("read", path, error))?);
    let mut content = Vec::new();
    let read = file.take(limit + 1).read_to_end(&mut content);
    read.map_err(|error| TaskError::new(ErrorCode::INPUT_OUTPUT, format!("`{}` cannot be read: {error}", path.shown)))?;
    if content.len() as u64 > limit {
        let message = format!("`{}` is larger than `limits.message` ({limit} bytes)", path.shown);
        return Err(TaskError::new(ErrorCode::LIMIT, message).hint("raise `limits.message`"));
    }
    Ok(content)
}

pub(super) fn stat(path: &CanonicalPath) -> Result<Option<Metadata>, TaskError> {
    let descriptor = match open(&path.absolute, OFlags::PATH) {
        Ok(descriptor) => descriptor,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        Err(error) => return Err(failed("look at", path, error)),
    };
    let stat = fstat(&descriptor).map_err(|error| failed("look at", path, error))?;
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Directory,
        _ => Kind::Other,
    };
    Ok(Some(Metadata { kind, size: u64::try_from(stat.st_size).unwrap_or(0), executable: stat.st_mode & 0o100 != 0 }))
}

pub(super) fn list(path: &CanonicalPath) -> Result<Vec<String>, TaskError> {
    let error = |error| failed("list", path, error);
    let directory = open(&path.absolute, OFlags::RDONLY | OFlags::DIRECTORY).map_err(error)?;
    let mut names = Vec::new();
    for entry in Dir::new(directory).map_err(error)? {
        let name = entry.map_err(error)?.file_name().to_string_lossy().into_owned();
        if name != "." && name != ".." {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Under another name first, then renamed: readers see the old content or the new.
pub(super) fn write(path: &CanonicalPath, content: &[u8], executable: bool) -> Result<(), TaskError> {
    let error = |error| failed("write", path, error);
    let (parent, name) = parent(path)?;
    let mut random = [0; 6];
    getrandom::fill(&mut random).map_err(|cause| TaskError::new(ErrorCode::INPUT_OUTPUT, cause.to_string()))?;
    let draft = format!(
        ".{}.{}.infra",
        name.to_string_lossy(),
        u64::from_ne_bytes([random[0], random[1], random[2], random[3], random[4], random[5], 0, 0])
    );
    let mode = Mode::from_raw_mode(if executable { 0o777 } else { 0o666 });
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(openat(&parent, draft.as_str(), flags, mode).map_err(error)?);
    let written = file
        .write_all(content)
        .map_err(|cause| TaskError::new(ErrorCode::INPUT_OUTPUT, format!("`{}` cannot be written: {cause}", path.shown)))
        .and_then(|()| renameat(&parent, draft.as_str(), &parent, name).map_err(error));
    if written.is_err() {
        let _ = unlinkat(&parent, draft.as_str(), AtFlags::empty());
    }
    written
}

pub(super) fn create_directory(path: &CanonicalPath) -> Result<(), TaskError> {
    let error = |error| failed("make", path, error);
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
    let (parent, name) = match parent(path) {
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

fn parent(path: &CanonicalPath) -> Result<(OwnedFd, &OsStr), TaskError> {
    match (path.absolute.parent(), path.absolute.file_name()) {
        (Some(parent), Some(name)) => {
            let directory =
                open(parent, OFlags::PATH | OFlags::DIRECTORY).map_err(|error| failed("enter the directory of", path, error))?;
            Ok((directory, name))
        }
        _ => Err(TaskError::new(ErrorCode::INVALID, format!("`{}` is not the path of a file", path.shown))),
    }
}

/// Opens a canonical path. No part of it may be a link by now: one that is was put there after the path was checked.
#[cfg(target_os = "linux")]
fn open(path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    use rustix::fs::{CWD, ResolveFlags, openat2};
    let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS)
}

/// Without `openat2` only the last part is watched.
#[cfg(not(target_os = "linux"))]
fn open(path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    rustix::fs::open(path, flags | OFlags::CLOEXEC | OFlags::NOFOLLOW, Mode::empty())
}

fn failed(doing: &str, path: &CanonicalPath, error: Errno) -> TaskError {
    let shown = &path.shown;
    let cause = std::io::Error::from(error);
    let made = |code, message: String| TaskError::new(code, message);
    match error {
        Errno::NOENT | Errno::NOTDIR => {
            made(ErrorCode::NOT_FOUND, format!("cannot {doing} `{shown}`: it, or its directory, does not exist"))
        }
        Errno::LOOP => {
            made(ErrorCode::DENIED, format!("cannot {doing} `{shown}`: a part of the path became a link after it was checked"))
        }
        Errno::ISDIR => made(ErrorCode::INVALID, format!("cannot {doing} `{shown}`: it is a directory")),
        Errno::NOTEMPTY => made(ErrorCode::CONFLICT, format!("cannot {doing} `{shown}`: the directory is not empty")),
        Errno::NOSPC => made(ErrorCode::INPUT_OUTPUT, format!("cannot {doing} `{shown}`: the disk is full"))
            .hint("free some space, then run it again"),
        Errno::ACCESS | Errno::PERM => {
            made(ErrorCode::INPUT_OUTPUT, format!("cannot {doing} `{shown}`: this user may not: {cause}"))
        }
        _ => made(ErrorCode::INPUT_OUTPUT, format!("cannot {doing} `{shown}`: {cause}")),
    }
}
