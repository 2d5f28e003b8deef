use infra_effect::PathPattern;
use rustix::fs::{AtFlags, Mode, OFlags, Stat, open, statat};
use rustix::io::Errno;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// Where paths start: the project's root, and the home directory for `~/`.
#[derive(Debug)]
pub struct Base {
    root: PathBuf,
    home: Option<PathBuf>,
    descriptor: OwnedFd,
}

impl Base {
    /// Of a project.
    ///
    /// # Errors
    /// When the root cannot be opened.
    pub fn open(root: &Path, home: Option<PathBuf>) -> io::Result<Self> {
        let descriptor = open(root, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { root: root.to_owned(), home, descriptor })
    }

    /// The root, open.
    #[must_use]
    pub const fn descriptor(&self) -> &OwnedFd {
        &self.descriptor
    }

    /// A path on this machine.
    #[must_use]
    pub fn absolute(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// A pattern with the home directory in the place of `~/`.
    #[must_use]
    pub fn pattern(&self, pattern: &PathPattern) -> PathPattern {
        PathPattern(self.expanded(&pattern.0))
    }

    /// A pattern with the home directory in the place of `~/`.
    pub(crate) fn expanded(&self, pattern: &str) -> String {
        match (pattern.strip_prefix("~/"), self.home.as_deref().and_then(Path::to_str)) {
            (Some(rest), Some(home)) => format!("{home}/{rest}"),
            _ => pattern.to_owned(),
        }
    }

    /// What the file system says of a path, links not followed.
    pub(crate) fn stat(&self, path: &str) -> Result<Option<Stat>, Errno> {
        match statat(&self.descriptor, if path.is_empty() { "." } else { path }, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
