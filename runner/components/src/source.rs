use crate::ComponentError;
use crate::built_in::{BUILT_INS, built_in};
use std::path::{Path, PathBuf};

/// Where a component comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Inside of the runner; the name without `std/`.
    BuiltIn(&'static str),
    /// A component of the project.
    File(PathBuf),
    /// A crate of the project that becomes one: the directory with its Cargo.toml.
    Crate(PathBuf),
}

/// How near a name must be to be suggested.
const NEAR: f64 = 0.7;

/// Reads `uses`. A path counts from the project's root, and stays inside of it, also through symbolic links.
///
/// # Errors
/// When it names nothing that can be used, with what may have been meant.
pub fn parse(uses: &str, root: &Path) -> Result<Source, ComponentError> {
    if let Some(name) = uses.strip_prefix("std/") {
        return match built_in(name) {
            Some(task) => Ok(Source::BuiltIn(task.name)),
            None => Err(ComponentError::UnknownBuiltIn {
                name: name.to_owned(),
                known: BUILT_INS.iter().map(|task| format!("`std/{}`", task.name)).collect::<Vec<_>>().join(", "),
                suggestion: nearest(name).map(str::to_owned),
            }),
        };
    }
    if uses.starts_with("oci://") {
        return Err(ComponentError::Unsupported(uses.to_owned()));
    }
    if uses == "." || uses == ".." || uses.starts_with("./") || uses.starts_with("../") {
        return in_project(uses, root);
    }
    Err(ComponentError::UnknownForm { uses: uses.to_owned(), suggestion: meant(uses, root) })
}

fn in_project(uses: &str, root: &Path) -> Result<Source, ComponentError> {
    let written = root.join(uses);
    let root = root.canonicalize().map_err(|error| ComponentError::io(root, &error))?;
    let path = written.canonicalize().map_err(|error| ComponentError::io(&written, &error))?;
    if !path.starts_with(&root) {
        return Err(ComponentError::Outside { uses: uses.to_owned(), path });
    }
    let metadata = path.metadata().map_err(|error| ComponentError::io(&path, &error))?;
    if metadata.is_file() {
        Ok(Source::File(path))
    } else if !metadata.is_dir() {
        Err(ComponentError::NotAFile(path))
    } else if path.join("Cargo.toml").is_file() {
        Ok(Source::Crate(path))
    } else {
        Err(ComponentError::NoManifest(path))
    }
}

/// The standard task whose name is nearest.
fn nearest(name: &str) -> Option<&'static str> {
    let near = BUILT_INS.iter().map(|task| (strsim::jaro_winkler(name, task.name), task.name));
    near.filter(|(likeness, _)| *likeness >= NEAR).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, name)| name)
}

/// A path without `./`, or a standard task without `std/`.
fn meant(uses: &str, root: &Path) -> Option<String> {
    if !uses.is_empty() && Path::new(uses).is_relative() && !uses.contains(':') && root.join(uses).exists() {
        return Some(format!("./{uses}"));
    }
    let name = uses.rsplit('/').next().unwrap_or(uses);
    nearest(name).map(|name| format!("std/{name}"))
}
