use crate::Global;
use crate::error::{SessionError, end};
use crate::project::start;
use infra_event::ExitCode;
use std::path::Path;

const MANIFEST: &str = include_str!("../template/task/Cargo.toml.template");
const SOURCE: &str = include_str!("../template/task/lib.rs.template");

/// Starts a task of the user's own: a crate with one function and a test.
#[must_use]
pub fn new_task(global: &Global, name: &str, into: &str) -> ExitCode {
    end(global, create(global, name, into))
}

fn create(global: &Global, name: &str, into: &str) -> Result<ExitCode, SessionError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) || !name.bytes().all(plain) {
        return Err(SessionError::usage(
            format!("`{name}` is not a name for a task"),
            "use small letters, digits and dashes: `release-notes`",
        ));
    }
    let base = start(global)?;
    let directory = base.join(into).join(name);
    if directory.exists() {
        return Err(SessionError::usage(format!("{} is there already", directory.display()), "choose another name"));
    }
    let failed = |error: std::io::Error| SessionError::input_output(format!("{}: {error}", directory.display()));
    std::fs::create_dir_all(directory.join("src")).map_err(failed)?;
    let fill = |text: &str| {
        text.replace("TASK_NAME", name)
            .replace("TASK_FUNCTION", &name.replace('-', "_"))
            .replace("= SDK", &format!("= {}", sdk(&directory)))
    };
    for (file, text) in [("Cargo.toml", MANIFEST), ("src/lib.rs", SOURCE)] {
        std::fs::write(directory.join(file), fill(text)).map_err(failed)?;
    }
    std::fs::write(directory.join(".gitignore"), "/target\n").map_err(failed)?;
    eprintln!("Made {into}/{name}. Add it to Infrafile.toml:\n");
    eprintln!("[tasks.{name}]\nuses = \"./{into}/{name}\"\nwith = {{ name = \"world\" }}\n");
    eprintln!("Then: infra run {name}");
    Ok(ExitCode::Done)
}

/// The SDK of this very repository where the task is made in it, else the released one.
fn sdk(directory: &Path) -> String {
    let found = directory
        .ancestors()
        .enumerate()
        .skip(1)
        .find(|(_, above)| above.join("sdk/macros").is_dir() && above.join("wit").is_dir());
    match found {
        Some((depth, _)) => format!("{{ path = \"{}sdk\" }}", "../".repeat(depth)),
        None => format!("\"{}\"", env!("CARGO_PKG_VERSION")),
    }
}
