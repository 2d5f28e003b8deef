use crate::ComponentError;
use crate::build_command::build_command;
use crate::manifest::{Manifest, workspace};
use crate::read::read;
use infra_event::Digest;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Beside the component: what it was made of, and which bytes came out.
const STAMP: &str = "infra-built";

/// Notes that the crate is built: its component belongs to its sources as they are now.
///
/// # Errors
/// When there is no component, or the note cannot be written.
pub fn mark_built(dir: &Path) -> Result<(), ComponentError> {
    let output = build_command(dir)?.output;
    let digest = match read(&output) {
        Err(ComponentError::Missing(_)) => {
            return Err(ComponentError::Manifest {
                path: dir.join("Cargo.toml"),
                cause: format!("its build did not make {}: set `crate-type = [\"cdylib\"]` under `[lib]`", output.display()),
            });
        }
        other => Digest::of(&other?),
    };
    let stamp = output.with_file_name(STAMP);
    fs::write(&stamp, note(sources(dir)?, digest)).map_err(|error| ComponentError::io(&stamp, &error))
}

/// Whether the crate's component is there, and belongs to its sources.
#[must_use]
pub fn is_fresh(dir: &Path) -> bool {
    built(dir).is_ok()
}

/// The component of a crate, where it belongs to its sources.
pub(crate) fn built(dir: &Path) -> Result<(Digest, PathBuf), ComponentError> {
    let not_built = |why| ComponentError::NotBuilt { dir: dir.to_owned(), why };
    let output = build_command(dir)?.output;
    let digest = match read(&output) {
        Err(ComponentError::Missing(_)) => return Err(not_built("it has no component yet")),
        other => Digest::of(&other?),
    };
    let Ok(stamp) = fs::read_to_string(output.with_file_name(STAMP)) else {
        return Err(not_built("nothing says which sources its component was made of"));
    };
    if stamp != note(sources(dir)?, digest) {
        return Err(not_built("its sources or its component changed since"));
    }
    Ok((digest, output))
}

fn note(sources: Digest, component: Digest) -> String {
    format!("sources {sources}\ncomponent {component}\n")
}

/// The digest of all that the component is made of: the files of the crate, of the crates that it names by path, and of theirs; the
/// manifests of their workspaces, which may set versions and profiles; their lock files.
fn sources(dir: &Path) -> Result<Digest, ComponentError> {
    let mut files = BTreeSet::new();
    let mut crates = BTreeSet::new();
    let mut open = vec![dir.canonicalize().map_err(|error| ComponentError::io(dir, &error))?];
    let root = open[0].clone();
    while let Some(dir) = open.pop() {
        if !crates.insert(dir.clone()) {
            continue;
        }
        collect(&dir, &mut files)?;
        let workspace = workspace(&dir);
        if let Some((dir, _)) = &workspace {
            files.extend(["Cargo.toml", "Cargo.lock"].map(|name| dir.join(name)).into_iter().filter(|file| file.is_file()));
        }
        open.extend(Manifest::read(&dir)?.dependencies(&dir, workspace.as_ref()));
    }
    let mut text = String::new();
    for file in &files {
        // A project that moves as a whole stays built.
        let name = relative(file, &root);
        let _ = writeln!(text, "{} {:?}", Digest::of(&read(file)?), name);
    }
    Ok(Digest::of(text.as_bytes()))
}

fn relative(file: &Path, root: &Path) -> PathBuf {
    let mut up = PathBuf::new();
    for ancestor in root.ancestors() {
        if let Ok(rest) = file.strip_prefix(ancestor) {
            return up.join(rest);
        }
        up.push("..");
    }
    file.to_owned()
}

/// All files of a crate but what was made from them, and what is hidden. Links to directories are not followed.
fn collect(dir: &Path, files: &mut BTreeSet<PathBuf>) -> Result<(), ComponentError> {
    let failed = |error| ComponentError::io(dir, &error);
    for entry in fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        if name == "target" || name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        if entry.file_type().map_err(failed)?.is_dir() {
            collect(&path, files)?;
        } else if path.is_file() {
            files.insert(path);
        }
    }
    Ok(())
}
