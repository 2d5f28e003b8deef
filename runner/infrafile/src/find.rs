use std::path::{Path, PathBuf};

/// The name of the file that makes a directory a project.
pub const FILE_NAME: &str = "Infrafile.toml";

/// The nearest Infrafile, in `start` or above it.
#[must_use]
pub fn find(start: &Path) -> Option<PathBuf> {
    let start = std::path::absolute(start).ok()?;
    start.ancestors().map(|directory| directory.join(FILE_NAME)).find(|file| file.is_file())
}
