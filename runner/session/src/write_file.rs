use crate::error::SessionError;
use std::io::Write as _;
use std::path::Path;

/// Replaces the text of a file that is there, all of it or nothing. Its rights stay, and a link stays a link.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), SessionError> {
    let failed = |error: std::io::Error| SessionError::input_output(format!("{} cannot be written: {error}", path.display()));
    let path = path.canonicalize().map_err(failed)?;
    let rights = path.metadata().map_err(failed)?.permissions();
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().set_permissions(rights)).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&path).map(drop).map_err(|error| failed(error.error))
}
