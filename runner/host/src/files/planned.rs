use super::disk;
use crate::CanonicalPath;
use crate::bindings::infra::task::files::{Kind, Metadata};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use infra_event::TaskError;
use infra_gate::{Overlay, Planned};
use serde_json::{Value, json};

/// The family of planned objects that files are.
const FAMILY: &str = "file";

/// What a plan would make of a path.
#[derive(Debug, PartialEq)]
pub(super) enum Entry {
    /// It would be removed.
    Absent,
    /// It would be a directory.
    Directory,
    /// It would be a file.
    File { content: Vec<u8>, executable: bool },
}

impl Entry {
    pub(super) fn metadata(&self) -> Option<Metadata> {
        match self {
            Self::Absent => None,
            Self::Directory => Some(Metadata { kind: Kind::Directory, size: 0, executable: true }),
            Self::File { content, executable } => {
                Some(Metadata { kind: Kind::File, size: content.len() as u64, executable: *executable })
            }
        }
    }
}

/// What a plan would make of a path; none where it would leave it as it is.
pub(super) fn entry(overlay: &Overlay, path: &str) -> Option<Entry> {
    Some(match overlay.get(FAMILY, path)? {
        Planned::Absent => Entry::Absent,
        Planned::Present(value) => match value.get("content").and_then(Value::as_str) {
            Some(content) => Entry::File {
                content: STANDARD.decode(content).unwrap_or_default(),
                executable: value.get("executable") == Some(&Value::Bool(true)),
            },
            None => Entry::Directory,
        },
    })
}

/// What a path is, planned or on the disk.
pub(super) fn metadata(overlay: &Overlay, path: &CanonicalPath) -> Result<Option<Metadata>, TaskError> {
    entry(overlay, &path.shown).map_or_else(|| disk::stat(path), |entry| Ok(entry.metadata()))
}

/// Plans to write a file. It fails as the write itself would.
pub(super) fn write(overlay: &Overlay, path: &CanonicalPath, content: &[u8], executable: bool) -> Result<(), TaskError> {
    disk::check_replaceable(path, metadata(overlay, path)?.map(|found| found.kind))?;
    let parent = path.parent().ok_or_else(|| disk::no_file(path))?;
    match metadata(overlay, &parent)?.map(|found| found.kind) {
        Some(Kind::Directory) => {}
        Some(_) => return Err(disk::no_directory(&parent)),
        None => return Err(disk::no_parent("write", path)),
    }
    let value = json!({ "content": STANDARD.encode(content), "executable": executable });
    overlay.set(FAMILY, &path.shown, Planned::Present(value));
    Ok(())
}

/// Plans to make a directory and its parents.
pub(super) fn create_directory(overlay: &Overlay, path: &CanonicalPath) -> Result<(), TaskError> {
    let mut missing = vec![];
    let mut next = Some(path.clone());
    while let Some(directory) = next {
        match metadata(overlay, &directory)?.map(|found| found.kind) {
            Some(Kind::Directory) => break,
            Some(_) => return Err(disk::not_a_directory("make", &directory)),
            None => next = directory.parent(),
        }
        missing.push(directory);
    }
    for directory in missing {
        overlay.set(FAMILY, &directory.shown, Planned::Present(Value::Null));
    }
    Ok(())
}

/// Plans to remove a file or an empty directory.
pub(super) fn remove(overlay: &Overlay, path: &CanonicalPath) -> Result<(), TaskError> {
    if let Some(Metadata { kind: Kind::Directory, .. }) = metadata(overlay, path)?
        && !list(overlay, path, usize::MAX)?.is_empty()
    {
        return Err(disk::not_empty(path));
    }
    overlay.set(FAMILY, &path.shown, Planned::Absent);
    Ok(())
}

/// The names in a directory, planned and on the disk, sorted.
pub(super) fn list(overlay: &Overlay, path: &CanonicalPath, limit: usize) -> Result<Vec<String>, TaskError> {
    let mut names = match entry(overlay, &path.shown) {
        None => disk::list(path, limit)?,
        // What is on the disk there was removed before.
        Some(Entry::Directory) => vec![],
        Some(Entry::Absent) => return Err(disk::absent(&path.shown)),
        Some(Entry::File { .. }) => return Err(disk::not_a_directory("list", path)),
    };
    for (planned, state) in overlay.all(FAMILY) {
        let Some(name) = below(&path.shown, &planned).filter(|rest| !rest.contains('/')) else { continue };
        names.retain(|known| known != name);
        if matches!(state, Planned::Present(_)) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The planned files below a directory: the path from it, and whether it would be a file.
pub(super) fn all_below(overlay: &Overlay, directory: &str) -> Vec<(String, bool)> {
    let planned = overlay.all(FAMILY).into_iter();
    let is_file = |state: &Planned| matches!(state, Planned::Present(value) if value.get("content").is_some());
    planned.filter_map(|(path, state)| Some((below(directory, &path)?.to_owned(), is_file(&state)))).collect()
}

/// The path from a directory to what lies below it, both as grants see them.
fn below<'p>(directory: &str, path: &'p str) -> Option<&'p str> {
    match directory {
        "." => (!path.starts_with('/') && path != ".").then_some(path),
        "/" => path.strip_prefix('/').filter(|rest| !rest.is_empty()),
        _ => path.strip_prefix(directory)?.strip_prefix('/'),
    }
}

#[cfg(test)]
mod tests {
    use super::below;

    #[test]
    fn what_lies_below_a_directory() {
        assert_eq!(below(".", "a/b"), Some("a/b"));
        assert_eq!(below(".", "/a"), None);
        assert_eq!(below("a", "a/b/c"), Some("b/c"));
        assert_eq!(below("a", "ab/c"), None);
        assert_eq!(below("a", "a"), None);
        assert_eq!(below("/", "/a"), Some("a"));
    }
}
