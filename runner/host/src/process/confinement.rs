use crate::ProjectPaths;
use infra_confine::{Confinement, TcpPorts, base_profile};
use infra_effect::{PathPattern, ProcessGrant};
use infra_event::{ErrorCode, TaskError};
use std::path::{Path, PathBuf};

/// What a grant means for the kernel.
pub(super) struct Meaning {
    pub(super) confinement: Confinement,
    /// Files that may be written and do not exist: the kernel knows no leave to create one file, only one to write into a directory.
    pub(super) not_there: Vec<String>,
}

/// In a plan nothing can be written but the scratch directory.
pub(super) fn of(
    grant: &ProcessGrant,
    read_only: bool,
    program: &Path,
    scratch: &Path,
    paths: &ProjectPaths,
) -> Result<Meaning, TaskError> {
    let mut confinement = base_profile();
    let mut not_there = vec![];
    let reading = [grant.read.as_slice(), grant.write.as_slice()].concat();
    let readable = expand_all(&grant.read, &reading, paths)?;
    confinement.read.extend(readable);
    if !read_only {
        for pattern in &grant.write {
            make_directory(pattern, &grant.write, paths)?;
            if !pattern.0.contains('*') && !locate(&pattern.0, &grant.write, paths)?.exists() {
                not_there.push(pattern.0.clone());
            }
        }
    }
    for path in expand_all(&grant.write, &grant.write, paths)? {
        if !read_only {
            confinement.write.extend(without_protected(&path, paths));
        }
        confinement.read.push(path);
    }
    confinement.execute.push(program.to_owned());
    // What may be read of the project may be executed too: a script's helpers, a tool in `bin/`.
    confinement
        .execute
        .extend(confinement.read.iter().filter(|path| path.starts_with(paths.root())).cloned().collect::<Vec<_>>());
    confinement.connect_tcp = ports(&grant.connect, "connect")?;
    confinement.bind_tcp = ports(&grant.listen, "listen")?;
    // Names are looked up over UDP.
    confinement.udp = !confinement.connect_tcp.is_none();
    confinement.scratch = Some(scratch.to_owned());
    Ok(Meaning { confinement, not_there })
}

/// Where a granted path lies. A path of the project that is a link counts as what it leads to, which must be `granted` as well. What stands in the
/// project could else carry a grant to wherever it likes.
fn locate(named: &str, granted: &[PathPattern], paths: &ProjectPaths) -> Result<PathBuf, TaskError> {
    let path = paths.canonical(named)?.absolute;
    if named.starts_with('/') {
        return Ok(path);
    }
    let shown = paths.shown(&path);
    if shown.is_some_and(|shown| granted.iter().any(|granted| granted.matches(&shown))) {
        return Ok(path);
    }
    let message = format!("`{named}` is granted, and it is a link to `{}`, which is not", path.display());
    Err(TaskError::new(ErrorCode::DENIED, message).hint("grant what it leads to, or take the link away"))
}

/// The directory that a pattern grants as a whole: what stands before a last `/**`.
fn whole(pattern: &PathPattern) -> Option<&str> {
    let directory = match pattern.0.as_str() {
        "**" => "",
        "/**" => "/",
        text => text.strip_suffix("/**")?,
    };
    (!directory.contains('*')).then_some(directory)
}

/// A directory that a program may fill is made, where it is missing.
fn make_directory(pattern: &PathPattern, granted: &[PathPattern], paths: &ProjectPaths) -> Result<(), TaskError> {
    let Some(directory) = whole(pattern) else { return Ok(()) };
    let path = locate(directory, granted, paths)?;
    if path.exists() || paths.is_protected(&path) {
        return Ok(());
    }
    std::fs::create_dir_all(&path).map_err(|error| {
        TaskError::new(ErrorCode::INPUT_OUTPUT, format!("the granted directory `{directory}` cannot be made: {error}"))
    })
}

/// The paths that patterns stand for: whole directories, and the files that match now. To the kernel a directory is always all that is in it,
/// so one that a pattern names without `/**` is left out.
fn expand_all(patterns: &[PathPattern], granted: &[PathPattern], paths: &ProjectPaths) -> Result<Vec<PathBuf>, TaskError> {
    let mut all: Vec<PathBuf> = vec![];
    for pattern in patterns {
        if let Some(directory) = whole(pattern) {
            all.extend(Some(locate(directory, granted, paths)?).filter(|path| path.exists()));
        }
    }
    let wholes = all.clone();
    for pattern in patterns.iter().filter(|pattern| whole(pattern).is_none()) {
        if pattern.0.contains('*') {
            all.extend(files_that_match(pattern, paths)?);
            continue;
        }
        let path = locate(&pattern.0, granted, paths)?;
        if path.is_dir() {
            if !wholes.iter().any(|whole| path.starts_with(whole)) {
                let message = format!("`{}` is a directory, and a program is granted whole directories only", pattern.0);
                return Err(
                    TaskError::new(ErrorCode::INVALID, message).hint(format!("grant `{}/**`", pattern.0.trim_end_matches('/')))
                );
            }
        } else if path.exists() {
            all.push(path);
        }
    }
    Ok(all)
}

fn files_that_match(pattern: &PathPattern, paths: &ProjectPaths) -> Result<Vec<PathBuf>, TaskError> {
    // What comes before a last `/**` with a wildcard in it matches directories, and those count as a whole.
    let (directories, fixed) = match pattern.0.strip_suffix("/**") {
        Some(fixed) => (true, PathPattern(fixed.to_owned())),
        None => (false, pattern.clone()),
    };
    let start = paths.canonical(&fixed.fixed_prefix())?.absolute;
    let found = ignore::WalkBuilder::new(start).standard_filters(false).follow_links(false).build().flatten();
    let wanted = |entry: &ignore::DirEntry| {
        let kind = entry.file_type();
        kind.is_some_and(|kind| kind.is_file() || (directories && kind.is_dir()))
    };
    Ok(found
        .filter(wanted)
        .map(ignore::DirEntry::into_path)
        .filter(|path| paths.shown(path).is_some_and(|shown| fixed.matches(&shown)))
        .collect())
}

/// A directory that holds something protected is granted entry by entry, without it.
fn without_protected(path: &Path, paths: &ProjectPaths) -> Vec<PathBuf> {
    if paths.is_protected(path) {
        return vec![];
    }
    if !paths.holds_protected(path) {
        return vec![path.to_owned()];
    }
    let Ok(entries) = std::fs::read_dir(path) else { return vec![] };
    entries
        .flatten()
        .filter_map(|entry| entry.path().canonicalize().ok())
        .filter(|entry| entry.starts_with(path))
        .flat_map(|entry| without_protected(&entry, paths))
        .collect()
}

fn ports(granted: &[String], key: &str) -> Result<TcpPorts, TaskError> {
    let wrong = |entry: &str, why: &str| {
        TaskError::new(ErrorCode::INVALID, format!("`{key}` of the grant holds `{entry}`, {why}"))
            .hint("write `*:443` for a port, or `*` for any")
    };
    let mut ports = Vec::new();
    for entry in granted {
        let (host, port) = entry.rsplit_once(':').unwrap_or(("*", entry));
        if host != "*" {
            return Err(wrong(entry, "and a program can be held to a port, but not to a host"));
        }
        if port == "*" {
            return Ok(TcpPorts::Any);
        }
        ports.push(port.parse().map_err(|_| wrong(entry, "which is no port"))?);
    }
    Ok(TcpPorts::Only(ports))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> (tempfile::TempDir, ProjectPaths) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for path in ["build/deep/x", "buildings/secret", "src/a.rs", "src/sub/b.rs", "state/key"] {
            std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            std::fs::write(root.join(path), "").unwrap();
        }
        std::os::unix::fs::symlink("/etc", root.join("src/link")).unwrap();
        let paths = ProjectPaths::new(root.clone(), None, [root.join("Infrafile.toml"), root.join("state")]);
        (dir, paths)
    }

    fn expanded(patterns: &[&str]) -> Result<Vec<String>, TaskError> {
        let (_dir, paths) = project();
        let patterns: Vec<PathPattern> = patterns.iter().map(|text| PathPattern((*text).to_owned())).collect();
        let mut found: Vec<String> =
            expand_all(&patterns, &patterns, &paths)?.iter().filter_map(|path| paths.shown(path)).collect();
        found.sort();
        Ok(found)
    }

    #[test]
    fn a_link_carries_no_grant() {
        let (_dir, paths) = project();
        std::os::unix::fs::symlink("build", paths.root().join("current")).unwrap();
        let granted = |read: &[&str], write: &[&str]| {
            let patterns = |texts: &[&str]| texts.iter().map(|text| PathPattern((*text).to_owned())).collect();
            let mut grant = ProcessGrant::exactly("sh", &[]);
            (grant.read, grant.write) = (patterns(read), patterns(write));
            of(&grant, false, Path::new("/bin/sh"), Path::new("/scratch"), &paths).map(|_| ()).map_err(|error| error.message)
        };
        assert_eq!(granted(&["src/**", "**", "missing", "src/a.rs", "/etc/**"], &["build/**", "new/**"]), Ok(()));
        assert_eq!(
            granted(&["src/link/**"], &[]),
            Err("`src/link` is granted, and it is a link to `/etc`, which is not".to_owned())
        );
        assert!(granted(&["src/link/passwd"], &[]).is_err());
        assert!(granted(&["current/**"], &[]).is_err());
        assert_eq!(granted(&["current/**", "build/**"], &[]), Ok(()));
        assert_eq!(granted(&["current/**"], &["build/**"]), Ok(()));
        assert!(granted(&["build/**"], &["current/**"]).is_err());
    }

    #[test]
    fn a_pattern_grants_what_it_matches_and_no_more() {
        for (patterns, granted) in [
            (&["build/**"][..], &["build"][..]),
            (&["**"], &["."]),
            (&["build**"], &[]),
            (&["src/*"], &["src/a.rs"]),
            (&["src/**/*.rs"], &["src/a.rs", "src/sub/b.rs"]),
            (&["s*/**"], &["src", "state"]),
            (&["src/a.rs", "missing", "missing/**"], &["src/a.rs"]),
            (&["src", "src/**"], &["src"]),
        ] {
            assert_eq!(expanded(patterns).unwrap(), granted, "{patterns:?}");
        }
    }

    #[test]
    fn a_directory_is_granted_as_a_whole_or_not_at_all() {
        let error = expanded(&["build"]).unwrap_err();
        assert_eq!((error.code.as_str(), error.hint.as_deref()), (ErrorCode::INVALID, Some("grant `build/**`")));
    }

    #[test]
    fn what_is_protected_is_never_writable() {
        let (_dir, paths) = project();
        let grant = ProcessGrant { write: vec![PathPattern("**".into())], ..ProcessGrant::exactly("sh", &[]) };
        let writable = |read_only| {
            let meaning = of(&grant, read_only, Path::new("/bin/sh"), Path::new("/scratch"), &paths).unwrap();
            let own = meaning.confinement.write.into_iter().filter(|path| path.starts_with(paths.root()));
            let mut own: Vec<String> = own.filter_map(|path| paths.shown(&path)).collect();
            own.sort();
            own
        };
        assert_eq!(writable(false), ["build", "buildings", "src"]);
        assert!(writable(true).is_empty());
    }

    #[test]
    fn ports_are_granted_without_hosts() {
        let granted = |entries: &[&str]| ports(&entries.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>(), "connect");
        assert_eq!(granted(&["*:443", "80"]), Ok(TcpPorts::Only(vec![443, 80])));
        assert_eq!(granted(&["*"]), Ok(TcpPorts::Any));
        for entry in ["example.org:443", "*:x", "*:99999", "[::1]:80"] {
            assert_eq!(granted(&[entry]).unwrap_err().code, ErrorCode::INVALID, "{entry}");
        }
    }
}
