use crate::Global;
use crate::error::{SessionError, end};
use crate::project::start;
use infra_event::ExitCode;

const TEMPLATE: &str = include_str!("../template/Infrafile.toml");

/// Starts an Infrafile.
#[must_use]
pub fn init(global: &Global) -> ExitCode {
    end(global, create(global))
}

fn create(global: &Global) -> Result<ExitCode, SessionError> {
    use std::io::Write as _;
    let directory = start(global)?;
    let path = directory.join(infra_infrafile::FILE_NAME);
    let name = directory.file_name().map_or_else(|| "project".to_owned(), |name| name.to_string_lossy().into_owned());
    let name: String =
        name.chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '-' }).collect();
    let file = std::fs::File::options().write(true).create_new(true).open(&path);
    let mut file = file.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            SessionError::usage(format!("{} is there already", path.display()), "`infra check` looks at it")
        }
        _ => SessionError::input_output(format!("{}: {error}", path.display())),
    })?;
    file.write_all(TEMPLATE.replace("PROJECT", &name).as_bytes())
        .map_err(|error| SessionError::input_output(format!("{}: {error}", path.display())))?;
    eprintln!("Made {}. Try: infra list; infra run hello", infra_infrafile::FILE_NAME);
    Ok(ExitCode::Done)
}
