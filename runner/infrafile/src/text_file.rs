use std::io::Read;
use std::path::Path;

/// Nobody writes a longer one.
const LONGEST: u64 = 4 << 20;

/// The text of a file, or why there is none.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return Err("it is not a file".into());
    }
    let length = file.take(LONGEST + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if length as u64 > LONGEST {
        return Err("it is longer than 4 MiB".into());
    }
    Ok(text)
}
