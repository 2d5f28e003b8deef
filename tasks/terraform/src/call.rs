use crate::diagnostic::Diagnostics;
use crate::stream::Lines;
use crate::{Terraform, said};
use infra::process::{Command, Completed, Destination, ExitStatus, Output};
use infra::{Error, Result};
use serde_json::{Value, json};
use std::time::Duration;

/// Terraform with these words, in its directory. When the run is interrupted it gets one INT, and time to release its state.
pub(crate) fn command(params: &Terraform, words: &[&str]) -> Command {
    let mut command = Command::new(&params.program)
        .args(words.iter().copied())
        .dir(&params.dir)
        .env("TF_IN_AUTOMATION", "1")
        .env("TF_INPUT", "0")
        .env("CHECKPOINT_DISABLE", "1")
        .stop("INT", Duration::from_secs(params.grace.into()));
    for (name, value) in &params.vars {
        command = command.env(format!("TF_VAR_{name}"), value);
    }
    match said(&params.context) {
        Some(context) => command.kubeconfig(Some(context)),
        None => command,
    }
}

/// Prepares the directory: backend, providers, modules.
pub(crate) fn init(params: &Terraform) -> Result<()> {
    let mut words = vec!["init".to_owned(), "-input=false".to_owned(), "-no-color".to_owned()];
    words.extend(params.backend.iter().map(|(name, value)| format!("-backend-config={name}={value}")));
    words.extend((params.upgrade && params.action == "init").then(|| "-upgrade".to_owned()));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut command = command(params, &words);
    command.stdout = if params.action == "init" { Destination::Log } else { Destination::Task };
    command.stderr = Destination::Both;
    let completed = command.complete()?;
    if completed.status.success() { Ok(()) } else { Err(failed(params, "init", &completed)) }
}

/// Standard output of a short call.
pub(crate) fn read(params: &Terraform, words: &[&str]) -> Result<String> {
    let mut command = command(params, words);
    (command.stdout, command.stderr) = (Destination::Task, Destination::Both);
    let completed = command.complete()?;
    if !completed.status.success() {
        return Err(failed(params, words[0], &completed));
    }
    if completed.truncated {
        return Err(Error::new("limit", "terraform writes more than the task may hold").hint("raise `limits.message`"));
    }
    Ok(String::from_utf8_lossy(&completed.stdout).trim().to_owned())
}

fn failed(params: &Terraform, word: &str, completed: &Completed) -> Error {
    let said = String::from_utf8_lossy(&completed.stderr);
    ended(params, word, completed.status, &complaints(&said))
}

/// What stands in terraform's frames: each error once, with its place. Where there are several, the first only says that there are.
fn complaints(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(|line| line.trim_start_matches(['│', '╷', '╵']).trim()).collect();
    let mut all: Vec<String> = vec![];
    for (at, line) in lines.iter().enumerate() {
        let Some(error) = line.strip_prefix("Error: ") else { continue };
        let place = lines[at..].iter().skip(1).take(3).find_map(|line| {
            let (file, rest) = line.strip_prefix("on ")?.split_once(" line ")?;
            Some(format!("{file}:{}: ", rest.split([',', ':']).next()?))
        });
        let told = format!("{}{error}", place.unwrap_or_default());
        if !all.contains(&told) {
            all.push(told);
        }
    }
    let placed: Vec<String> = all.iter().filter(|told| told.contains(".tf:")).cloned().collect();
    if placed.is_empty() { all.join("; ") } else { placed.join("; ") }
}

/// The error of a call that did not end well.
pub(crate) fn ended(params: &Terraform, word: &str, status: ExitStatus, why: &str) -> Error {
    let how = match (status.code, status.signal) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, signal) => format!("was ended by signal {}", signal.unwrap_or_default()),
    };
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    Error::failed(format!("`{} {word}` {how}{why}", params.program))
        .details(json!({ "exit_code": status.code.unwrap_or_else(|| 128 + status.signal.unwrap_or_default()) }))
}

/// Runs a call with `-json`, and hands each line of its stream on; how it ended, and what it complained of.
pub(crate) fn stream(params: &Terraform, words: &[String], mut each: impl FnMut(&Value)) -> Result<(ExitStatus, Diagnostics)> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut command = command(params, &words);
    command.stdout = Destination::Task;
    let running = command.start()?;
    let (mut lines, mut diagnostics) = (Lines::default(), Diagnostics::default());
    let mut line = |text: &str| match serde_json::from_str::<Value>(text) {
        Ok(line) => {
            diagnostics.see(&line);
            each(&line);
        }
        Err(_) if text.trim().is_empty() => {}
        Err(_) => infra::info!("{text}"),
    };
    while let Some(output) = running.next_output()? {
        if let Output::Stdout(bytes) = output {
            lines.take(&bytes, &mut line);
        }
    }
    lines.end(&mut line);
    Ok((running.wait()?, diagnostics))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_taken_off() {
        let text = "\u{2577}\n\u{2502} Error: Terraform encountered problems\n\u{2502} with the configuration.\n\u{2575}\n\u{2577}\n\u{2502} Error: Unsupported argument\n\u{2502} \n\u{2502}   on main.tf line 3, in output \"colour\":\n\u{2575}\n";
        assert_eq!(complaints(text), "main.tf:3: Unsupported argument");
        assert_eq!(complaints("Error: No such backend\n"), "No such backend");
        assert_eq!(complaints("nothing\n"), "");
    }
}
