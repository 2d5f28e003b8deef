use crate::ComponentError;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// No component comes near this.
const LIMIT: u64 = 256 << 20;

/// Reads a regular file of a sensible size.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, ComponentError> {
    let failed = |error| ComponentError::io(path, &error);
    // Opening a pipe would wait for its other end.
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(ComponentError::NotAFile(path.to_owned()));
    }
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > LIMIT {
        return Err(ComponentError::TooLarge { path: path.to_owned(), size, limit: LIMIT });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(LIMIT).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
