use crate::{CanonicalPath, ProjectPaths};
use infra_event::{ErrorCode, TaskError};
use std::path::{Path, PathBuf};

/// A directory or file of the host that a container shall see, made canonical. Some are never mounted, whatever is granted.
pub(super) fn mount_source(
    paths: &ProjectPaths,
    sockets: &[PathBuf],
    text: &str,
    read_only: bool,
) -> Result<CanonicalPath, TaskError> {
    let path = paths.canonical(text)?;
    refuse_always(paths, sockets, &path, read_only)?;
    Ok(path)
}

/// The source may have become a link since the container was made, and the daemon follows links when the container starts.
pub(super) fn refuse_moved(paths: &ProjectPaths, sockets: &[PathBuf], source: &str, read_only: bool) -> Result<(), TaskError> {
    let path = paths.canonical(source)?;
    if path.absolute != Path::new(source) {
        let message = format!("the mount `{source}` now leads to `{}`", path.shown);
        return Err(TaskError::new(ErrorCode::DENIED, message).hint("remove the container and create it again"));
    }
    refuse_always(paths, sockets, &path, read_only)
}

fn refuse_always(paths: &ProjectPaths, sockets: &[PathBuf], path: &CanonicalPath, read_only: bool) -> Result<(), TaskError> {
    let refused = |why: &str, hint: &str| {
        Err(TaskError::new(ErrorCode::DENIED, format!("`{}` is never mounted: {why}", path.shown)).hint(hint))
    };
    if sockets.iter().any(|socket| socket.starts_with(&path.absolute) || path.absolute.starts_with(socket)) {
        // Connecting to a socket needs no writable mount.
        return refused(
            "who reaches the Docker socket owns the machine",
            "mount a directory below it that does not hold the socket",
        );
    }
    if paths.is_protected(&path.absolute) {
        return refused("it belongs to the runner", "mount another directory");
    }
    if !read_only && paths.holds_protected(&path.absolute) {
        return refused("it holds the Infrafile or the runner's state", "mount a directory below it, or mount it read-only");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_sources_are_never_mounted() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("data")).unwrap();
        std::fs::create_dir_all(root.join(".infra")).unwrap();
        std::fs::create_dir_all(root.join("run")).unwrap();
        std::os::unix::fs::symlink(root.join("run"), root.join("data/link")).unwrap();
        let paths = ProjectPaths::new(root.clone(), None, [root.join("Infrafile.toml"), root.join(".infra")]);
        let sockets = [root.join("run/docker.sock")];
        let check = |text: &str, read_only| mount_source(&paths, &sockets, text, read_only).map(|path| path.shown);
        assert_eq!(check("data", false), Ok("data".to_owned()));
        assert_eq!(check("/etc", true), Ok("/etc".to_owned()));
        for (text, read_only) in [
            (".infra", true),
            (".infra/cache", true),
            (".", false),
            ("/", false),
            ("run", true),
            ("run/docker.sock", true),
            ("data/link", true),
            ("data/../run", true),
            ("/", true),
            ("Infrafile.toml", false),
        ] {
            assert_eq!(check(text, read_only).unwrap_err().code, ErrorCode::DENIED, "{text}");
        }
    }

    #[test]
    fn a_source_that_became_a_link_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("data")).unwrap();
        let paths = ProjectPaths::new(root.clone(), None, []);
        let source = root.join("data").to_str().unwrap().to_owned();
        assert_eq!(refuse_moved(&paths, &[], &source, false), Ok(()));
        std::fs::remove_dir(root.join("data")).unwrap();
        std::os::unix::fs::symlink("/etc", root.join("data")).unwrap();
        assert_eq!(refuse_moved(&paths, &[], &source, false).unwrap_err().code, ErrorCode::DENIED);
    }
}
