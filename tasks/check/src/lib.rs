//! `std/check`: smoke tests over HTTP, over TCP, and by commands; each is tried until it passes or its deadline is over.

mod attempt;
mod check;
mod duration;
mod schedule;
#[cfg(test)]
mod tests;

use check::{Check, Defaults, Written};
use infra::{Error, Grants, Params, Result, json};
use serde::Serialize;

/// What to check.
#[derive(Params)]
struct Checks {
    /// Each has one of `url` (with `method`, `headers`, `status`, `contains`, `ca`), `tcp` (`127.0.0.1:5432`) and `exec` (with
    /// `container`, `exit`, `contains`), and may have `name`, `timeout`, `deadline`, `attempts`, `backoff`.
    checks: Vec<Written>,
    /// How long one attempt may take.
    #[param(default = "5s")]
    timeout: String,
    /// How long a check is tried again.
    #[param(default = "30s")]
    deadline: String,
    /// How often a check is tried; until its deadline where nothing is said.
    attempts: Option<u32>,
    /// The pause after the first attempt; it doubles up to 5 seconds.
    #[param(default = "250ms")]
    backoff: String,
    /// How many are under way at once.
    #[param(default = 8u32)]
    parallel: u32,
}

/// One check and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Checked {
    name: String,
    passed: bool,
    target: String,
    attempts: u32,
    duration_ms: u64,
    detail: String,
}

impl Checks {
    fn read(&self) -> Result<Vec<Check>> {
        let defaults = Defaults {
            timeout: self.timeout.clone(),
            deadline: self.deadline.clone(),
            attempts: self.attempts,
            backoff: self.backoff.clone(),
        };
        if self.checks.is_empty() {
            return Err(Error::new("invalid", "there is nothing to check").hint("name something in `checks`"));
        }
        self.checks.iter().map(|check| check.read(&defaults)).collect()
    }
}

fn requires(params: &Checks) -> Result<Grants> {
    Ok(params.read()?.iter().fold(Grants::new(), |grants, check| check.target.requires(grants)))
}

/// Checks that services answer: over HTTP, over TCP, or by a command.
#[infra::task(requires = requires)]
fn check(params: Checks) -> Result<Vec<Checked>> {
    let checks = params.read()?;
    let planning = infra::context::planning();
    let outcomes = schedule::run(&checks, params.parallel.max(1) as usize, planning, |check, outcome| match &outcome.result {
        Ok(detail) => infra::info!("ok      {:<20} {} {detail}", check.name, check.target),
        Err(error) if planning => infra::info!("unknown {:<20} {} {}", check.name, check.target, error.message),
        Err(error) => infra::error!("failed  {:<20} {} {}", check.name, check.target, error.message),
    });
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for (check, outcome) in checks.iter().zip(outcomes) {
        let detail = match &outcome.result {
            Ok(detail) => detail.clone(),
            Err(error) => error.message.clone(),
        };
        rows.push(Checked {
            name: check.name.clone(),
            passed: outcome.result.is_ok(),
            target: check.target.to_string(),
            attempts: outcome.attempts,
            duration_ms: u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX),
            detail,
        });
        failures.extend(outcome.result.err().map(|error| (check.name.clone(), error)));
    }
    if failures.is_empty() { Ok(rows) } else { Err(failed(&rows, failures, planning)) }
}

fn failed(rows: &[Checked], mut failures: Vec<(String, Error)>, planning: bool) -> Error {
    // A missing grant or a wrong check is no finding about a service.
    if let Some(at) = failures.iter().position(|(_, error)| matches!(error.code.as_str(), "denied" | "invalid")) {
        return failures.swap_remove(at).1;
    }
    if planning {
        // What is not there yet may be there when it runs.
        return Error::new("unknown-until-applied", "what the checks find is known when they run");
    }
    let named: Vec<String> = failures.iter().map(|(name, error)| format!("{name}: {}", error.message)).collect();
    let error = Error::failed(format!("{} of {} checks failed: {}", failures.len(), rows.len(), named.join("; ")))
        .details(json!({ "checks": rows }));
    match failures.into_iter().find_map(|(_, error)| error.hint) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
