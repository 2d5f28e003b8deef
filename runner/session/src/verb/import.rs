use super::print;
use crate::Global;
use crate::error::{SessionError, end};
use crate::project::start;
use infra_event::ExitCode;
use infra_import::{Imported, Request, import as carry, included};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// `infra import`
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The Makefile.
    pub from: PathBuf,
    /// The Infrafile that is made; `-` is standard output.
    pub to: PathBuf,
    /// It may be there already.
    pub force: bool,
}

/// Makes an Infrafile of a Makefile. Nothing is run.
#[must_use]
pub fn import(global: &Global, request: &ImportRequest) -> ExitCode {
    end(global, imported(global, request))
}

fn imported(global: &Global, request: &ImportRequest) -> Result<ExitCode, SessionError> {
    let start = start(global)?;
    let from = start.join(&request.from);
    let made = of_file(&from)?;
    if request.to == Path::new("-") {
        print(made.infrafile.trim_end());
        eprint!("{}", made.counts);
        return Ok(ExitCode::Done);
    }
    let to = start.join(&request.to);
    write(&to, &made.infrafile, request.force)?;
    eprint!("{}", made.counts);
    let shown = request.to.display();
    eprintln!("Made {shown}. Try: infra check; infra list; infra plan TASK");
    Ok(ExitCode::Done)
}

/// What a Makefile, with what it includes, comes to.
pub(crate) fn of_file(from: &Path) -> Result<Imported, SessionError> {
    let makefile = read(from).map_err(|error| {
        let hint = "name another: infra import FILE";
        SessionError::usage(format!("{} cannot be read: {error}", from.display()), hint)
    })?;
    let directory = from.parent().unwrap_or(Path::new("."));
    let project = directory.canonicalize().ok();
    let project = project
        .as_deref()
        .and_then(Path::file_name)
        .map_or_else(|| "project".to_owned(), |name| name.to_string_lossy().into_owned());
    let request = Request { project, files: files(directory, &makefile), makefile };
    carry(&request).map_err(|error| {
        SessionError::usage(format!("{}: {error}", from.display()), "`make -n` says whether make understands it")
    })
}

/// The files that a Makefile includes, and those that these include. What is not there is told in the Infrafile.
fn files(directory: &Path, makefile: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut open = included(makefile);
    while let Some(path) = open.pop() {
        if all.contains_key(&path) {
            continue;
        }
        if let Ok(text) = read(&directory.join(&path)) {
            open.extend(included(&text));
            all.insert(path, text);
        }
    }
    all
}

fn read(path: &Path) -> std::io::Result<String> {
    std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes a file that is not there yet, unless it is to be replaced.
fn write(path: &Path, text: &str, force: bool) -> Result<(), SessionError> {
    use std::io::Write as _;
    let mut options = std::fs::File::options();
    options.write(true);
    let options = if force { options.create(true).truncate(true) } else { options.create_new(true) };
    options.open(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            SessionError::usage(format!("{} is there already", path.display()), "`--force` replaces it; `--to -` only shows it")
        }
        _ => SessionError::input_output(format!("{}: {error}", path.display())),
    })
}
