use std::io;
use std::path::Path;

/// The SDK's files, by their paths.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sdk_source.rs"));

/// Writes the SDK into a directory. It is a workspace of its own; the crate for tasks is `sdk` in it.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn write_sdk(directory: &Path) -> io::Result<()> {
    for (name, text) in FILES {
        let file = directory.join(name);
        std::fs::create_dir_all(file.parent().unwrap_or(directory))?;
        std::fs::write(file, text)?;
    }
    Ok(())
}
