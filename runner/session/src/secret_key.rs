use crate::directories::{Directories, make_private};
use crate::error::SessionError;
use infra_event::SecretHandle;
use infra_infrafile::Infrafile;
use rustix::fs::{Mode, OFlags, fstat, open};
use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// How many bytes the key has.
const LENGTH: usize = 32;

/// Makes the handles of the secrets such that nobody can guess them: with a key of this machine, and the project.
pub(crate) fn seal(infrafile: &mut Infrafile, directories: &Directories) -> Result<(), SessionError> {
    if infrafile.secrets.is_empty() {
        return Ok(());
    }
    make_private(&directories.state)?;
    let path = directories.state.join("secrets.key");
    let mut key = key(&path).map_err(|cause| SessionError::input_output(format!("the key {}: {cause}", path.display())))?;
    key.extend_from_slice(infrafile.root.as_os_str().as_bytes());
    for secret in &mut infrafile.secrets {
        secret.handle = SecretHandle::new(&secret.name, &key);
    }
    Ok(())
}

/// Reads the key, and makes one at first use.
fn key(path: &Path) -> Result<Vec<u8>, String> {
    for _ in 0..2 {
        match open(path, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()) {
            Ok(file) => {
                let stat = fstat(&file).map_err(|error| error.to_string())?;
                if stat.st_mode & 0o077 != 0 || stat.st_uid != rustix::process::geteuid().as_raw() {
                    return Err("others can read or write it: remove it, and it is made anew".to_owned());
                }
                let mut key = vec![0; LENGTH];
                File::from(file)
                    .read_exact(&mut key)
                    .map_err(|_| "it is too short: remove it, and it is made anew".to_owned())?;
                return Ok(key);
            }
            Err(rustix::io::Errno::NOENT) => make(path).map_err(|error| error.to_string())?,
            Err(error) => return Err(std::io::Error::from(error).to_string()),
        }
    }
    Err("it disappears".to_owned())
}

/// Under another name first, so that two processes end up with one and the same.
fn make(path: &Path) -> std::io::Result<()> {
    let mut key = [0; LENGTH];
    getrandom::fill(&mut key)?;
    let mut draft = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(path))?;
    draft.write_all(&key)?;
    match draft.persist_noclobber(path) {
        Err(error) if error.error.kind() != ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_key_is_made_once_and_is_its_users_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let first = key(&path).unwrap();
        assert_eq!((first.len(), key(&path).unwrap()), (LENGTH, first));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(key(&path).unwrap_err().contains("others"));
    }
}
