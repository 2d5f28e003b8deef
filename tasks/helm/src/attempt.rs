use crate::{Helm, needs_cluster, said};
use infra::process::{Command, Destination};
use infra::ui::Progress;
use infra::{Error, Result};
use serde_json::json;
use std::time::Duration;

/// Time for helm to go back, or to write down how far it came, when it is interrupted.
const GRACE: Duration = Duration::from_secs(120);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Runs helm, as often as it takes and is allowed; its standard output.
pub(crate) fn run(params: &Helm, words: &[String], shown: Destination, attempts: u32) -> Result<String> {
    let line = Progress::spinner(&format!("helm {} {}", params.action, said(&params.release).unwrap_or_default()));
    let mut pause = FIRST_PAUSE;
    let mut number = 1;
    loop {
        match once(params, words, shown) {
            Ok(text) => {
                line.finish();
                return Ok(text);
            }
            Err(error) if number >= attempts || is_final(&error) => return Err(error),
            Err(error) => {
                infra::warning!("attempt {number} of {attempts}: {}", error.message);
                std::thread::sleep(pause);
                (number, pause) = (number + 1, (pause * 2).min(LONGEST_PAUSE));
            }
        }
    }
}

/// What would be the same the next time.
fn is_final(error: &Error) -> bool {
    ["denied", "invalid", "not-found", "conflict", "unknown-until-applied"].contains(&error.code.as_str())
}

fn once(params: &Helm, words: &[String], shown: Destination) -> Result<String> {
    let mut command = Command::new("helm").args(words).stop("INT", GRACE);
    if needs_cluster(params) {
        command = command.kubeconfig(said(&params.context));
    }
    (command.stdout, command.stderr) = (shown, Destination::Both);
    let completed = command.complete()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if completed.status.success() {
        if completed.truncated {
            return Err(Error::new("limit", "helm writes more than the task may hold").hint("raise `limits.message`"));
        }
        return Ok(text(&completed.stdout));
    }
    Err(failed(params, completed.status.code, &text(&completed.stderr)))
}

/// What helm says, and what to do where it is a known state.
fn failed(params: &Helm, code: Option<i32>, said_by_helm: &str) -> Error {
    let code = code.unwrap_or(-1);
    let last = said_by_helm.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    let message = format!("`helm {}` ended with exit code {code}: {last}", params.action);
    let details = json!({ "exit_code": code });
    if said_by_helm.contains("another operation (install/upgrade/rollback) is in progress") {
        return Error::new("conflict", message)
            .hint(
                "another helm works on the release; where there is none, one was killed: `action = \"rollback\"` brings it back",
            )
            .details(details);
    }
    if said_by_helm.contains("release: not found") {
        return Error::new("not-found", message).hint("`helm list --all-namespaces` shows the releases").details(details);
    }
    Error::failed(message).details(details)
}
