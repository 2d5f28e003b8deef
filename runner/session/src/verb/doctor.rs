use super::{block_on, print};
use crate::Global;
use crate::directories::Directories;
use crate::error::{SessionError, end};
use infra_event::ExitCode;
use infra_host::docker::{DockerHost, DockerSettings};
use serde::Serialize;
use std::path::Path;

/// One thing that a run may need.
#[derive(Serialize)]
struct Check {
    check: &'static str,
    state: State,
    #[serde(skip_serializing_if = "String::is_empty")]
    about: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Ok,
    /// Something works less well.
    Weak,
    /// Something does not work.
    Missing,
}

/// Tells what this machine offers.
#[must_use]
pub fn doctor(global: &Global, json: bool) -> ExitCode {
    end(global, block_on(examine(global, json)))
}

async fn examine(global: &Global, json: bool) -> Result<ExitCode, SessionError> {
    let mut checks = vec![docker().await];
    checks.extend(confinement());
    checks.extend(directories());
    checks.push(wasm_target());
    let value = serde_json::to_value(&checks).unwrap_or_default();
    if json {
        print(&serde_json::to_string_pretty(&value).unwrap_or_default());
    } else if let Some(text) = infra_report::output(&value, &global.result_style()) {
        print(&text);
    }
    Ok(if checks.iter().any(|check| check.state == State::Missing) { ExitCode::Unavailable } else { ExitCode::Done })
}

async fn docker() -> Check {
    match DockerHost::new(DockerSettings::from_environment()).ping().await {
        Ok(daemon) => {
            let about =
                format!("{} on {}/{}, API {}", daemon.version, daemon.operating_system, daemon.architecture, daemon.api_version);
            Check { check: "Docker", state: State::Ok, about }
        }
        Err(error) => {
            let about = format!("{}; {}", error.message, error.hint.unwrap_or_default());
            Check { check: "Docker", state: State::Missing, about }
        }
    }
}

/// One line where all is there, else one for each part that is missing.
fn confinement() -> Vec<Check> {
    let support = infra_confine::support();
    let missing = support.missing();
    if missing.is_empty() {
        let about = format!("Landlock version {}, seccomp", support.landlock_abi);
        return vec![Check { check: "confinement of programs", state: State::Ok, about }];
    }
    missing.into_iter().map(|about| Check { check: "confinement of programs", state: State::Weak, about }).collect()
}

fn directories() -> Vec<Check> {
    let Ok(directories) = Directories::find() else {
        return vec![Check { check: "own directories", state: State::Missing, about: "set HOME".to_owned() }];
    };
    let writable = |path: &Path| crate::directories::make_private(path).is_ok() && tempfile::tempfile_in(path).is_ok();
    [("journal", directories.state), ("cache", directories.cache)]
        .into_iter()
        .map(|(check, path)| Check {
            check,
            state: if writable(&path) { State::Ok } else { State::Missing },
            about: path.display().to_string(),
        })
        .collect()
}

fn wasm_target() -> Check {
    let check = "tasks in Rust";
    let home = |name: &str, default: &str| {
        std::env::var_os(name).map(std::path::PathBuf::from).or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(default)))
    };
    let toolchains = home("RUSTUP_HOME", ".rustup").map(|home| home.join("toolchains"));
    let installed = toolchains
        .and_then(|path| std::fs::read_dir(path).ok())
        .is_some_and(|entries| entries.flatten().any(|entry| entry.path().join("lib/rustlib/wasm32-wasip2").is_dir()));
    if installed {
        Check { check, state: State::Ok, about: "the target wasm32-wasip2 is installed".to_owned() }
    } else {
        Check { check, state: State::Weak, about: "to build tasks of your own: `rustup target add wasm32-wasip2`".to_owned() }
    }
}
