use crate::SandboxError;
use rustix::fs::{Mode, OFlags, fstat, open};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

/// The machine's key for compiled code: 32 random bytes, readable by its user alone.
pub(crate) type Key = [u8; 32];

/// Reads the key, and makes one at first use.
pub(crate) fn key(path: &Path) -> Result<Key, SandboxError> {
    let failed = |cause: String| SandboxError::Cache { path: path.to_owned(), cause };
    for _ in 0..2 {
        match open(path, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()) {
            Ok(descriptor) => {
                let stat = fstat(&descriptor).map_err(|error| failed(error.to_string()))?;
                let foreign = stat.st_uid != rustix::process::geteuid().as_raw();
                if foreign || stat.st_mode & 0o077 != 0 {
                    return Err(failed("others can read or write the key".to_owned()));
                }
                let mut key = Key::default();
                File::from(descriptor).read_exact(&mut key).map_err(|_| failed("the key is too short".to_owned()))?;
                return Ok(key);
            }
            Err(rustix::io::Errno::NOENT) => make(path).map_err(failed)?,
            Err(error) => return Err(failed(error.to_string())),
        }
    }
    Err(failed("the key disappears".to_owned()))
}

/// Makes the key under another name first, so that two processes end up with one and the same.
fn make(path: &Path) -> Result<(), String> {
    let mut key = Key::default();
    getrandom::fill(&mut key).map_err(|error| error.to_string())?;
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| error.to_string())?;
    let draft = path.with_extension(format!("{:016x}.new", u64::from_ne_bytes(random)));
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let descriptor = open(&draft, flags, Mode::RUSR | Mode::WUSR).map_err(|error| error.to_string())?;
    let written = File::from(descriptor).write_all(&key);
    let linked = written.and_then(|()| match std::fs::hard_link(&draft, path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    let _ = std::fs::remove_file(&draft);
    linked.map_err(|error| error.to_string())
}
