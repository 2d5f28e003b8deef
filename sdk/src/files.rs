//! Files of the project. Paths are relative to the project's root. Needs `files` grants.

use crate::{Error, Result, host};

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// Something else.
    Other,
}

/// What is known of a path without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// What it is.
    pub kind: Kind,
    /// Bytes.
    pub size: u64,
    /// Whether its owner may execute it.
    pub executable: bool,
}

/// The whole content.
///
/// # Errors
/// `not-found`, `denied`, `input-output`.
pub fn read(path: &str) -> Result<Vec<u8>> {
    host::with(|host| host.read_file(path))
}

/// The whole content as text.
///
/// # Errors
/// As [`read`]; `invalid` where it is not UTF-8.
pub fn read_to_string(path: &str) -> Result<String> {
    String::from_utf8(read(path)?).map_err(|_| Error::new("invalid", format!("{path} is not UTF-8 text")))
}

/// What a path is, where there is anything.
///
/// # Errors
/// `denied`, `input-output`.
pub fn stat(path: &str) -> Result<Option<Metadata>> {
    host::with(|host| host.stat(path))
}

/// The names in a directory, sorted.
///
/// # Errors
/// `not-found`, `denied`, `input-output`.
pub fn list_directory(path: &str) -> Result<Vec<String>> {
    host::with(|host| host.list_directory(path))
}

/// The paths of the files that have a pattern, sorted.
///
/// # Errors
/// `denied`, `input-output`.
pub fn find(pattern: &str) -> Result<Vec<String>> {
    host::with(|host| host.find_files(pattern))
}

/// Creates or replaces a file at once.
///
/// # Errors
/// `denied`, `input-output`.
pub fn write(path: &str, content: impl AsRef<[u8]>) -> Result<()> {
    host::with(|host| host.write_file(path, content.as_ref(), false))
}

/// Creates or replaces a file that its owner may execute.
///
/// # Errors
/// `denied`, `input-output`.
pub fn write_executable(path: &str, content: impl AsRef<[u8]>) -> Result<()> {
    host::with(|host| host.write_file(path, content.as_ref(), true))
}

/// Creates a directory and its parents.
///
/// # Errors
/// `denied`, `input-output`.
pub fn create_directory(path: &str) -> Result<()> {
    host::with(|host| host.create_directory(path))
}

/// Removes a file or an empty directory; done where there is none.
///
/// # Errors
/// `denied`, `input-output`.
pub fn remove(path: &str) -> Result<()> {
    host::with(|host| host.remove_file(path))
}
