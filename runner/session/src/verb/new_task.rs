use crate::Global;
use crate::error::{SessionError, end};
use crate::project::start;
use crate::sdk_source::write_sdk;
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
    let sdk = match sdk_above(&directory) {
        Some(sdk) => sdk,
        None => own_sdk(&base, into).map_err(failed)?,
    };
    let fill = |text: &str| {
        text.replace("TASK_NAME", name)
            .replace("TASK_FUNCTION", &name.replace('-', "_"))
            .replace("= SDK", &format!("= {{ path = \"{sdk}\" }}"))
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

/// The SDK of the repository that the task is made in, relative to the task, where that is infra's own.
fn sdk_above(directory: &Path) -> Option<String> {
    let sdk = |(_, above): &(usize, &Path)| above.join("sdk/macros").is_dir() && above.join("wit").is_dir();
    let (depth, _) = directory.ancestors().enumerate().skip(1).find(sdk)?;
    Some(format!("{}sdk", "../".repeat(depth)))
}

/// The SDK as it came with this binary, beside the tasks, so that they build with nothing but a registry of crates. One that is there stays.
fn own_sdk(base: &Path, into: &str) -> std::io::Result<String> {
    let directory = base.join(into).join("infra-sdk");
    if !directory.exists() {
        write_sdk(&directory)?;
        eprintln!("Wrote the SDK of this version to {into}/infra-sdk: keep it in the repository.");
    }
    Ok("../infra-sdk/sdk".to_owned())
}
