use infra_event::{ErrorCode, TaskError};
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The project's root, and what no task may write.
#[derive(Clone, Debug)]
pub struct ProjectPaths {
    root: PathBuf,
    home: Option<PathBuf>,
    protected: Vec<PathBuf>,
}

/// A path without links, `.` and `..`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanonicalPath {
    /// What effects and grants see: relative to the root where it lies inside, else absolute. The root itself is `.`.
    pub shown: String,
    /// On this machine.
    pub absolute: PathBuf,
}

impl ProjectPaths {
    /// The root is canonical; what is protected is made so where it exists.
    #[must_use]
    pub fn new(root: PathBuf, home: Option<PathBuf>, protected: impl IntoIterator<Item = PathBuf>) -> Self {
        let protected = protected.into_iter().map(|path| resolve(&path).unwrap_or(path)).collect();
        Self { root, home, protected }
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Files and directories that no task may write.
    #[must_use]
    pub fn protected(&self) -> &[PathBuf] {
        &self.protected
    }

    /// Whether a path is protected, or lies in what is.
    #[must_use]
    pub fn is_protected(&self, absolute: &Path) -> bool {
        self.protected.iter().any(|protected| absolute.starts_with(protected))
    }

    /// Whether something protected lies in a directory.
    #[must_use]
    pub fn holds_protected(&self, absolute: &Path) -> bool {
        self.protected.iter().any(|protected| protected.starts_with(absolute))
    }

    /// Follows every link of a path: relative to the root, absolute, or from the home directory (`~/`). What does not exist yet is taken
    /// as it is written, from the last directory that does.
    ///
    /// # Errors
    /// `invalid` where `..` leads through what does not exist, and `input-output` where a directory cannot be looked at.
    pub fn canonical(&self, text: &str) -> Result<CanonicalPath, TaskError> {
        if text.contains('\0') {
            return Err(TaskError::new(ErrorCode::INVALID, "a path holds a zero byte"));
        }
        let path = match (text.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.root.join(text),
        };
        let absolute = resolve(&path).map_err(|error| {
            let code = if error.kind() == io::ErrorKind::InvalidInput { ErrorCode::INVALID } else { ErrorCode::INPUT_OUTPUT };
            TaskError::new(code, format!("the path `{text}` cannot be resolved: {error}"))
        })?;
        let shown = self.shown(&absolute).ok_or_else(|| {
            TaskError::new(ErrorCode::UNSUPPORTED, format!("the path `{text}` is not UTF-8")).hint("rename the file")
        })?;
        Ok(CanonicalPath { shown, absolute })
    }

    /// A canonical path as effects and grants see it; none where it is not UTF-8.
    #[must_use]
    pub fn shown(&self, absolute: &Path) -> Option<String> {
        let shown = absolute.strip_prefix(&self.root).unwrap_or(absolute).to_str()?;
        Some(if shown.is_empty() { ".".to_owned() } else { shown.to_owned() })
    }
}

/// Canonical up to the last part that exists; the rest must be plain names.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    let mut missing: Vec<OsString> = Vec::new();
    let mut existing = path.to_owned();
    loop {
        match existing.canonicalize() {
            Ok(mut canonical) => {
                canonical.extend(missing.iter().rev());
                return Ok(canonical);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // A link to nothing exists itself: what is written through it would land elsewhere than the name says.
                if existing.symlink_metadata().is_ok() {
                    return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a link to something that does not exist"));
                }
                match existing.components().next_back() {
                    Some(Component::Normal(name)) => missing.push(name.to_owned()),
                    Some(Component::ParentDir) => {
                        return Err(io::Error::new(io::ErrorKind::InvalidInput, "`..` after a directory that does not exist"));
                    }
                    _ => return Err(error),
                }
                existing.pop();
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths() -> (tempfile::TempDir, ProjectPaths) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap().join("root");
        std::fs::create_dir_all(root.join("a")).unwrap();
        let paths = ProjectPaths::new(root.clone(), None, [root.join("Infrafile.toml")]);
        (dir, paths)
    }

    #[test]
    fn inside_is_relative_and_outside_absolute() {
        let (_dir, paths) = paths();
        assert_eq!(paths.canonical("a/./b").unwrap().shown, "a/b");
        assert_eq!(paths.canonical("").unwrap().shown, ".");
        assert_eq!(paths.canonical("a/../a").unwrap().shown, "a");
        assert_eq!(paths.canonical("/etc").unwrap().shown, "/etc");
        assert!(paths.canonical("..").unwrap().shown.starts_with('/'));
    }

    #[test]
    fn links_are_followed_before_anything_is_checked() {
        let (_dir, paths) = paths();
        std::os::unix::fs::symlink("/etc", paths.root().join("a/link")).unwrap();
        std::os::unix::fs::symlink("/nowhere/at/all", paths.root().join("a/broken")).unwrap();
        assert_eq!(paths.canonical("a/link/new").unwrap().shown, "/etc/new");
        assert_eq!(paths.canonical("a/broken").unwrap_err().code, "invalid");
        assert_eq!(paths.canonical("missing/../x").unwrap_err().code, "invalid");
        assert_eq!(paths.canonical("a\0b").unwrap_err().code, "invalid");
    }

    #[test]
    fn what_is_protected_is_known_from_below_and_above() {
        let (_dir, paths) = paths();
        let root = paths.root().to_owned();
        assert!(paths.is_protected(&root.join("Infrafile.toml")));
        assert!(!paths.is_protected(&root.join("a")));
        assert!(paths.holds_protected(&root));
        assert!(!paths.holds_protected(&root.join("a")));
    }
}
