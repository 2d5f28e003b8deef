use super::print;
use crate::Global;
use crate::error::{SessionError, end};
use crate::project::{file, start};
use crate::write_file::replace;
use infra_event::ExitCode;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// `infra fmt`
#[derive(Clone, Debug)]
pub struct FormatRequest {
    /// The files; else the Infrafile and what it includes. `-` is standard input.
    pub files: Vec<PathBuf>,
    /// Only tell which files would change.
    pub check: bool,
}

/// Writes Infrafiles in the one way.
#[must_use]
pub fn format(global: &Global, request: &FormatRequest) -> ExitCode {
    end(global, formatted(global, request))
}

fn formatted(global: &Global, request: &FormatRequest) -> Result<ExitCode, SessionError> {
    if request.files == [Path::new("-")] {
        return standard_input(request.check);
    }
    let files = if request.files.is_empty() {
        project_files(&file(global)?)?
    } else {
        let start = start(global)?;
        request.files.iter().map(|file| (start.join(file), file.clone())).collect()
    };
    // All are read before any is written: a file that is no TOML changes nothing.
    let mut changed = Vec::new();
    for (path, shown) in &files {
        let text = read(path)?;
        let formatted = infra_infrafile::format(shown, &text)?;
        if formatted != text {
            changed.push((path, shown, formatted));
        }
    }
    for (path, shown, formatted) in &changed {
        if request.check {
            eprintln!("{} is not formatted; `infra fmt` does it", shown.display());
        } else {
            replace(path, formatted)?;
            eprintln!("Formatted {}", shown.display());
        }
    }
    Ok(if request.check && !changed.is_empty() { ExitCode::Failed } else { ExitCode::Done })
}

fn standard_input(check: bool) -> Result<ExitCode, SessionError> {
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.map_err(|error| SessionError::input_output(format!("standard input cannot be read: {error}")))?;
    let formatted = infra_infrafile::format(Path::new("standard input"), &text)?;
    if check {
        return Ok(if formatted == text { ExitCode::Done } else { ExitCode::Failed });
    }
    print(formatted.trim_end_matches('\n'));
    Ok(ExitCode::Done)
}

/// The Infrafile and the files that it includes, with their names for people.
fn project_files(file: &Path) -> Result<Vec<(PathBuf, PathBuf)>, SessionError> {
    let shown = |path: &Path| path.file_name().map_or_else(|| path.to_owned(), PathBuf::from);
    let root = file.parent().unwrap_or(Path::new("."));
    let mut files = vec![(file.to_owned(), shown(file))];
    files.extend(infra_infrafile::include_paths(&read(file)?).into_iter().map(|path| (root.join(&path), PathBuf::from(path))));
    Ok(files)
}

fn read(path: &Path) -> Result<String, SessionError> {
    std::fs::read_to_string(path).map_err(|error| {
        let hint = "`infra fmt` takes the Infrafile, `infra fmt FILE` another file";
        SessionError::usage(format!("{} cannot be read: {error}", path.display()), hint)
    })
}
