//! `std/process`: runs one program, or a script. `run = […]` and `sh = "…"` in an Infrafile are this task.

use infra::process::{Command, Completed, Destination, ExitStatus};
use infra::{Error, Grants, Params, Result};
use serde::Serialize;
use serde_json::json;

/// One of `argv` and `script`.
#[derive(Params)]
struct Process {
    /// The program and its arguments, each one word.
    argv: Option<Vec<String>>,
    /// A script for `sh -eu`. Parameters reach it as environment variables.
    script: Option<String>,
    /// Added to the environment.
    #[param(default = std::collections::BTreeMap::<String, String>::new())]
    env: std::collections::BTreeMap<String, String>,
    /// Where it starts, relative to the project's root.
    dir: Option<String>,
    /// What becomes of its standard output: shown in the `log`, or kept as the result's `stdout` (`capture`), or `both`.
    #[param(default = "log", choices("log", "capture", "both"))]
    output: String,
    /// It gets the terminal.
    #[param(default = false)]
    interactive: bool,
}

/// How the program ended.
#[derive(Serialize)]
struct Ended {
    exit_code: i32,
    duration_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stdout: Option<String>,
}

impl Process {
    fn words(&self) -> Result<(String, Vec<String>)> {
        match (&self.argv, &self.script) {
            (Some(argv), None) => match argv.split_first() {
                Some((program, args)) => Ok((program.clone(), args.to_vec())),
                None => Err(Error::new("invalid", "`argv` is empty: name a program")),
            },
            (None, Some(script)) => Ok(("sh".to_owned(), vec!["-eu".to_owned(), "-c".to_owned(), script.clone()])),
            _ => Err(Error::new("invalid", "give either `argv` or `script`")),
        }
    }
}

fn requires(params: &Process) -> Result<Grants> {
    let program = params.words()?.0;
    let names = params.env.values().flat_map(|value| infra::secrets::names_in(value));
    Ok(names.fold(Grants::new().program(&program), |grants, name| grants.secret(&name, &format!("process:{program}"))))
}

/// Runs a program or a script.
#[infra::task(requires = requires)]
fn process(params: Process) -> Result<Ended> {
    let (program, args) = params.words()?;
    let mut command = Command::new(program).args(args);
    command.env = params.env.into_iter().collect();
    command.dir = params.dir;
    command.interactive = params.interactive;
    command.stdout = match params.output.as_str() {
        "capture" => Destination::Task,
        "both" => Destination::Both,
        _ => Destination::Log,
    };
    let program = command.program.clone();
    ended(&program, command.complete()?, params.output != "log")
}

fn ended(program: &str, completed: Completed, keep: bool) -> Result<Ended> {
    let ExitStatus { code, signal, duration_ms } = completed.status;
    match (code, signal) {
        (Some(0), _) => {
            let stdout = keep.then(|| String::from_utf8_lossy(&completed.stdout).trim_end_matches(['\n', '\r']).to_owned());
            Ok(Ended { exit_code: 0, duration_ms, stdout })
        }
        (Some(code), _) => {
            Err(Error::failed(format!("`{program}` ended with exit code {code}")).details(json!({ "exit_code": code })))
        }
        (None, signal) => {
            let signal = signal.unwrap_or_default();
            let details = json!({ "exit_code": 128 + signal, "signal": signal });
            Err(Error::failed(format!("`{program}` was ended by signal {signal}")).details(details))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use infra::testing::TestHost;

    fn call(host: &TestHost, args: serde_json::Value) -> Result<Ended> {
        host.run(|| process(Process::from_json(args)?))
    }

    #[test]
    fn a_program_runs_with_its_arguments() {
        let host = TestHost::new().command("echo a b", 0, "a b\n");
        let ended = call(&host, json!({ "argv": ["echo", "a", "b"], "output": "capture" }));
        assert_eq!(ended.map(|ended| ended.stdout).ok().flatten().as_deref(), Some("a b"));
        assert_eq!(host.calls(), ["process.run echo a b"]);
    }

    #[test]
    fn a_script_runs_under_sh() {
        let host = TestHost::new().command("sh -eu -c exit 3", 3, "");
        let error = call(&host, json!({ "script": "exit 3" })).err();
        assert_eq!(error.and_then(|error| error.details), Some(json!({ "exit_code": 3 })));
    }

    #[test]
    fn a_secret_in_the_environment_is_asked_for() {
        let handle = "infra-secret-DB-00000000000000000000000000000000";
        let args = json!({ "argv": ["psql"], "env": { "URL": format!("postgres://u:{handle}@h"), "A": "b" } });
        let grants = requires(&Process::from_json(args).unwrap()).unwrap().to_json();
        let expected = json!({ "process": [{ "program": "psql" }], "secrets": [{ "name": "DB", "to": ["process:psql"] }] });
        assert_eq!(serde_json::from_str::<serde_json::Value>(&grants).unwrap(), expected);
    }

    #[test]
    fn a_wrong_call_is_refused() {
        let host = TestHost::new();
        for args in [json!({}), json!({ "argv": [] }), json!({ "argv": ["a"], "script": "b" }), json!({ "argv": ["a"], "x": 1 })]
        {
            assert_eq!(call(&host, args).err().map(|error| error.code).as_deref(), Some("invalid"));
        }
        assert!(host.calls().is_empty());
    }
}
