use crate::ProjectPaths;
use infra_confine::{Confinement, TcpPorts, base_profile};
use infra_effect::{PathPattern, ProcessGrant};
use infra_event::{ErrorCode, TaskError};
use std::path::{Path, PathBuf};

/// What a grant means for the kernel. In a plan nothing can be written but the scratch directory.
pub(super) fn of(
    grant: &ProcessGrant,
    read_only: bool,
    program: &Path,
    scratch: &Path,
    paths: &ProjectPaths,
) -> Result<Confinement, TaskError> {
    let mut confinement = base_profile();
    for pattern in &grant.read {
        confinement.read.extend(expand(pattern, paths, false)?);
    }
    for pattern in &grant.write {
        let writable = expand(pattern, paths, !read_only)?;
        if read_only {
            confinement.read.extend(writable);
        } else {
            for path in writable {
                confinement.read.push(path.clone());
                confinement.write.extend(without_protected(&path, paths));
            }
        }
    }
    confinement.execute.push(program.to_owned());
    // What may be read of the project may be executed too: a script's helpers, a tool in `bin/`.
    confinement
        .execute
        .extend(confinement.read.iter().filter(|path| path.starts_with(paths.root())).cloned().collect::<Vec<_>>());
    confinement.connect_tcp = ports(&grant.connect)?;
    // Names are looked up over UDP.
    confinement.udp = !confinement.connect_tcp.is_none();
    confinement.scratch = Some(scratch.to_owned());
    Ok(confinement)
}

/// The paths that a pattern stands for: a directory where it ends with `**`, else what matches now.
fn expand(pattern: &PathPattern, paths: &ProjectPaths, make: bool) -> Result<Vec<PathBuf>, TaskError> {
    let (fixed, whole) = match pattern.0.strip_suffix("**") {
        Some(rest) => (rest.trim_end_matches('/'), true),
        None => (pattern.0.as_str(), false),
    };
    let fixed = if fixed.is_empty() && pattern.0.starts_with('/') { "/" } else { fixed };
    if !fixed.contains('*') {
        let path = paths.canonical(fixed)?.absolute;
        if whole && make && !path.exists() {
            std::fs::create_dir_all(&path).map_err(|error| {
                TaskError::new(ErrorCode::INPUT_OUTPUT, format!("the granted directory `{fixed}` cannot be made: {error}"))
            })?;
        }
        return Ok(if path.exists() { vec![path] } else { vec![] });
    }
    let start = paths.canonical(&PathPattern(fixed.to_owned()).fixed_prefix())?.absolute;
    let found = ignore::WalkBuilder::new(start).standard_filters(false).follow_links(false).build().flatten();
    Ok(found
        .map(ignore::DirEntry::into_path)
        .filter(|path| paths.shown(path).is_some_and(|shown| PathPattern(fixed.to_owned()).matches(&shown)))
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

fn ports(connect: &[String]) -> Result<TcpPorts, TaskError> {
    let mut ports = Vec::new();
    for entry in connect {
        let port = entry.rsplit_once(':').map_or(entry.as_str(), |(_, port)| port);
        if port == "*" {
            return Ok(TcpPorts::Any);
        }
        ports.push(port.parse().map_err(|_| {
            TaskError::new(ErrorCode::INVALID, format!("`connect` of the grant holds `{entry}`, which is no port"))
                .hint("write `*:443`, or `*` for any")
        })?);
    }
    Ok(TcpPorts::Only(ports))
}
