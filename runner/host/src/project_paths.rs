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

impl CanonicalPath {
    /// Its directory.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let absolute = self.absolute.parent()?.to_owned();
        let shown = match self.shown.rsplit_once('/') {
            Some(("", _)) => "/".to_owned(),
            Some((parent, _)) => parent.to_owned(),
            None if self.shown == "." => absolute.to_str()?.to_owned(),
            None => ".".to_owned(),
        };
        Some(Self { shown, absolute })
    }
}

impl ProjectPaths {
    /// The root is canonical; what is protected is made so where it exists.
    #[must_use]
    pub fn new(root: PathBuf, home: Option<PathBuf>, protected: impl IntoIterator<Item = PathBuf>) -> Self {
        // A link among them is protected itself, and so is what it leads to.
        let both = |path: PathBuf| [resolve_entry(&path).unwrap_or_else(|_| path.clone()), resolve(&path).unwrap_or(path)];
        let mut protected: Vec<PathBuf> = protected.into_iter().flat_map(both).collect();
        protected.dedup();
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
        self.resolved(text, resolve)
    }

    /// The same for a name in a directory: what the name itself is, a link too, stays as it is.
    ///
    /// # Errors
    /// As [`ProjectPaths::canonical`].
    pub fn canonical_entry(&self, text: &str) -> Result<CanonicalPath, TaskError> {
        self.resolved(text, resolve_entry)
    }

    /// A path as grants see it, by its text alone: for paths that cannot be resolved.
    #[must_use]
    pub fn written(&self, text: &str) -> String {
        let mut absolute = PathBuf::new();
        for component in self.joined(text).components() {
            match component {
                Component::ParentDir => drop(absolute.pop()),
                Component::CurDir => {}
                other => absolute.push(other),
            }
        }
        self.shown(&absolute).unwrap_or_else(|| text.to_owned())
    }

    fn joined(&self, text: &str) -> PathBuf {
        match (text.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.root.join(text),
        }
    }

    fn resolved(&self, text: &str, resolve: fn(&Path) -> io::Result<PathBuf>) -> Result<CanonicalPath, TaskError> {
        if text.contains('\0') {
            return Err(TaskError::new(ErrorCode::INVALID, "a path holds a zero byte"));
        }
        let absolute = resolve(&self.joined(text)).map_err(|error| {
            let code = match error.kind() {
                io::ErrorKind::InvalidInput => ErrorCode::INVALID,
                io::ErrorKind::NotADirectory => ErrorCode::CONFLICT,
                _ => ErrorCode::INPUT_OUTPUT,
            };
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

/// Canonical up to the last name, which is taken as it is.
fn resolve_entry(path: &Path) -> io::Result<PathBuf> {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => Ok(resolve(parent)?.join(name)),
        _ => resolve(path),
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

    #[test]
    fn an_entry_is_not_followed_and_its_directory_is() {
        let (_dir, paths) = paths();
        std::os::unix::fs::symlink("/etc", paths.root().join("a/link")).unwrap();
        std::os::unix::fs::symlink(paths.root().join("a"), paths.root().join("b")).unwrap();
        assert_eq!(paths.canonical_entry("b/link").unwrap().shown, "a/link");
        assert_eq!(paths.canonical_entry("b/..").unwrap().shown, ".");
        assert_eq!(paths.canonical_entry("a/link/passwd").unwrap().shown, "/etc/passwd");
        assert_eq!(paths.written("a/../missing/./../x"), "x");
        assert_eq!(paths.written("../../../../../../../../etc"), "/etc");
    }

    #[test]
    fn a_protected_link_is_protected_and_so_is_what_it_leads_to() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::write(root.join("real.toml"), "").unwrap();
        std::os::unix::fs::symlink("real.toml", root.join("Infrafile.toml")).unwrap();
        let paths = ProjectPaths::new(root.clone(), None, [root.join("Infrafile.toml")]);
        assert!(paths.is_protected(&root.join("Infrafile.toml")) && paths.is_protected(&root.join("real.toml")));
        assert!(!paths.is_protected(&root.join("other.toml")));
    }

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
