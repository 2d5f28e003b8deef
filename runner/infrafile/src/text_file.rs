use std::io::Read;
use std::path::Path;

/// Nobody writes a longer one.
const LONGEST: u64 = 64 << 20;

/// The text of a file of the project, or why there is none. What is wrong in a file is shown with its lines: a link that leads out of the
/// project would show other people's.
pub(crate) fn read_inside(root: &Path, path: &Path) -> Result<String, String> {
    let (root, whole) = (root.canonicalize(), root.join(path).canonicalize().map_err(|error| error.to_string())?);
    if !whole.starts_with(root.map_err(|error| error.to_string())?) {
        return Err("it leads out of the project".into());
    }
    read(&whole)
}

/// The text of a file, or why there is none.
fn read(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    // Asked before it is opened: opening a pipe waits for its writer.
    if !std::fs::metadata(path).map_err(|error| error.to_string())?.is_file() {
        return Err("it is not a file".into());
    }
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let length = file.take(LONGEST + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if length as u64 > LONGEST {
        return Err("it is longer than 64 MiB".into());
    }
    Ok(text)
}
