//! `std/doctor`: says what a project needs and what of it is there, before anything starts.

use infra::{Error, Grants, Params, Result};
use serde::Serialize;

/// What to check.
#[derive(Params)]
struct Doctor {
    /// Whether a Docker daemon must answer.
    #[param(default = false)]
    docker: bool,
    /// The programs that must be installed.
    #[param(default = Vec::<String>::new())]
    programs: Vec<String>,
    /// The programs that are worth having.
    #[param(default = Vec::<String>::new())]
    optional: Vec<String>,
    /// The files and directories that must be there.
    #[param(default = Vec::<String>::new())]
    files: Vec<String>,
}

/// One thing that was looked for.
#[derive(Debug, PartialEq, Serialize)]
struct Check {
    name: String,
    found: bool,
    required: bool,
    detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

fn requires(params: &Doctor) -> Result<Grants> {
    let mut grants = Grants::new();
    if params.docker {
        grants = grants.docker(serde_json::json!({ "verbs": ["inspect"] }));
    }
    for file in &params.files {
        grants = grants.read(file);
    }
    Ok(grants)
}

/// Checks that what the project needs is there.
#[infra::task(requires = requires)]
fn doctor(params: Doctor) -> Result<Vec<Check>> {
    let checks = look(&params)?;
    let mut missing = Vec::new();
    for check in &checks {
        let mark = if check.found { "ok" } else { "missing" };
        let line = format!("{mark:<8} {:<12} {}", check.name, check.detail);
        if !check.found && check.required {
            infra::error!("{line}");
            missing.push(format!("{}: {}", check.name, check.detail));
        } else if !check.found {
            infra::warning!("{line}");
        } else {
            infra::info!("{line}");
        }
    }
    if missing.is_empty() {
        return Ok(checks);
    }
    let error = Error::new("unavailable", format!("missing: {}", missing.join("; ")));
    let needed = checks.into_iter().filter(|check| !check.found && check.required);
    let hints: Vec<String> = needed.filter_map(|check| check.hint).collect();
    Err(if hints.is_empty() { error } else { error.hint(hints.join("; ")) })
}

fn look(params: &Doctor) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    if params.docker {
        let (found, detail, hint) = match infra::docker::ping() {
            Ok(daemon) => (true, format!("version {}, API {}", daemon.version, daemon.api_version), None),
            Err(error) if error.code == "denied" => return Err(error),
            Err(error) => (false, error.message, error.hint),
        };
        checks.push(Check { name: "docker".to_owned(), found, required: true, detail, hint });
    }
    let programs = params.programs.iter().map(|program| (program, true));
    for (program, required) in programs.chain(params.optional.iter().map(|program| (program, false))) {
        let path = infra::process::find(program)?;
        let found = path.is_some();
        let hint = (!found).then(|| format!("install {program}"));
        let detail = path.unwrap_or_else(|| "not in PATH".to_owned());
        checks.push(Check { name: program.clone(), found, required, detail, hint });
    }
    for file in &params.files {
        let found = infra::files::stat(file)?.is_some();
        let detail = if found { String::new() } else { "no such file".to_owned() };
        checks.push(Check { name: file.clone(), found, required: true, detail, hint: None });
    }
    Ok(checks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use infra::testing::TestHost;
    use serde_json::json;

    fn call(host: &TestHost, args: serde_json::Value) -> Result<Vec<Check>> {
        host.run(|| doctor(Doctor::from_json(args)?))
    }

    #[test]
    fn what_is_there_is_found() {
        let host = TestHost::new().command("git status", 0, "").file("platform/compose.yaml", "");
        let checks = call(&host, json!({ "docker": true, "programs": ["git"], "optional": ["helm"], "files": ["platform"] }));
        let found: Vec<bool> = checks.into_iter().flatten().map(|check| check.found).collect();
        assert_eq!(found, [true, true, false, true]);
    }

    #[test]
    fn all_that_is_missing_is_named_at_once() {
        let host = TestHost::new().without_docker();
        let error = call(&host, json!({ "docker": true, "programs": ["terraform"] })).err();
        let (message, hint) = error.map(|error| (error.message, error.hint.unwrap_or_default())).unwrap_or_default();
        assert!(message.contains("docker: no Docker daemon") && message.contains("terraform: not in PATH"), "{message}");
        assert!(hint.contains("install terraform"), "{hint}");
    }
}
