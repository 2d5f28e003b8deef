use super::import::of_file;
use crate::Global;
use crate::error::{SessionError, end};
use crate::project::start;
use crate::survey::survey;
use infra_event::ExitCode;
use infra_import::{Found, propose};
use std::path::Path;

const TEMPLATE: &str = include_str!("../template/Infrafile.toml");

/// Starts an Infrafile: of the Makefile that is there, else of what else is there, else with two small tasks.
#[must_use]
pub fn init(global: &Global) -> ExitCode {
    end(global, create(global))
}

fn create(global: &Global) -> Result<ExitCode, SessionError> {
    use std::io::Write as _;
    let directory = start(global)?;
    let path = directory.join(infra_infrafile::FILE_NAME);
    if path.symlink_metadata().is_ok() {
        return Err(there(&path));
    }
    let (text, told) = proposal(&directory);
    let file = std::fs::File::options().write(true).create_new(true).open(&path);
    let mut file = file.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => there(&path),
        _ => SessionError::input_output(format!("{}: {error}", path.display())),
    })?;
    file.write_all(text.as_bytes()).map_err(|error| SessionError::input_output(format!("{}: {error}", path.display())))?;
    eprint!("{told}");
    Ok(ExitCode::Done)
}

fn there(path: &Path) -> SessionError {
    SessionError::usage(format!("{} is there already", path.display()), "`infra check` looks at it")
}

/// The text, and what is said of it.
fn proposal(directory: &Path) -> (String, String) {
    let name = directory.file_name().map_or_else(|| "project".to_owned(), |name| name.to_string_lossy().into_owned());
    let name: String =
        name.chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '-' }).collect();
    let file = infra_infrafile::FILE_NAME;
    for makefile in ["GNUmakefile", "makefile", "Makefile"] {
        if let Ok(made) = of_file(&directory.join(makefile)) {
            let found = survey(directory, name);
            let beside = if found.is_empty() {
                String::new()
            } else {
                format!("Beside it, with no task yet: {}.{}\n", what(&found), shown(&found))
            };
            let told =
                format!("Made {file} of {makefile}:\n{}{beside}Try: infra check; infra list; infra plan TASK\n", made.counts);
            return (tidy(made.infrafile), told);
        }
    }
    let found = survey(directory, name.clone());
    if found.is_empty() {
        return (TEMPLATE.replace("PROJECT", &name), format!("Made {file}. Try: infra list; infra run hello\n"));
    }
    (tidy(propose(&found)), format!("Made {file} of {}. Try: infra list; infra run doctor\n", what(&found)))
}

/// Where the task for it is shown.
fn shown(found: &Found) -> &'static str {
    match (found.compose.is_empty(), found.manifests.is_empty()) {
        (false, _) => " `infra inspect std/services` shows the task for Compose files",
        (true, false) => " `infra inspect std/kubernetes` shows the task for manifests",
        (true, true) => "",
    }
}

/// As `infra fmt` writes it.
fn tidy(text: String) -> String {
    infra_infrafile::format(Path::new(infra_infrafile::FILE_NAME), &text).unwrap_or(text)
}

/// What was found, in words.
fn what(found: &Found) -> String {
    let counts = [
        (found.compose.len(), "Compose file"),
        (found.terraform.len(), "Terraform directory"),
        (found.manifests.len(), "directory of manifests"),
        (found.charts.len(), "Helm chart"),
    ];
    let plural = |noun: &str| noun.strip_suffix('y').map_or_else(|| format!("{noun}s"), |stem| format!("{stem}ies"));
    let words = counts.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| match count {
        1 => format!("1 {noun}"),
        count if noun.starts_with("directory ") => format!("{count} {}", noun.replacen("directory", "directories", 1)),
        count => format!("{count} {}", plural(noun)),
    });
    words.collect::<Vec<_>>().join(", ")
}
