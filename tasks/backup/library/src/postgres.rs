//! A PostgreSQL server in a container.

use crate::{Service, output_of};
use infra::docker::ExecCommand;
use infra::pipe::{Sink, Source};
use infra::{Error, Result};
use std::collections::BTreeMap;

/// All of a server, as SQL.
#[must_use]
pub fn dump(container: &str, user: Option<&str>) -> Source {
    Source::ContainerCommand(container.to_owned(), script(include_str!("dump.sh"), &[user.unwrap_or_default()]))
}

/// All of a server, from SQL with this checksum: all or nothing.
#[must_use]
pub fn load(container: &str, sha256: &str, user: Option<&str>) -> Sink {
    Sink::ContainerCommand(container.to_owned(), script(include_str!("restore.sh"), &[sha256, user.unwrap_or_default()]))
}

pub(crate) fn script(text: &str, args: &[&str]) -> ExecCommand {
    let args = ["sh", "-c", text, "sh"].iter().chain(args).map(|arg| (*arg).to_owned()).collect();
    ExecCommand { args, ..ExecCommand::default() }
}

/// The rows of each table, by `DATABASE.SCHEMA.TABLE`.
///
/// # Errors
/// `failed` where the server does not answer.
pub fn rows(container: &str, user: Option<&str>) -> Result<BTreeMap<String, u64>> {
    let text = output_of(container, &["sh", "-c", include_str!("count.sh"), "sh", user.unwrap_or_default()])?;
    let row = |line: &str| {
        let mut parts = line.rsplitn(2, '\t');
        let count = parts.next()?.parse().ok()?;
        Some((parts.next()?.replacen('\t', ".", 1), count))
    };
    text.lines()
        .map(|line| row(line).ok_or_else(|| Error::new("invalid", format!("the server's count is not understood: {line}"))))
        .collect()
}

/// Compares the rows of a server, counted before and after, with those of a restored one. What was written meanwhile may differ.
///
/// # Errors
/// `failed` with the tables that differ.
pub fn compare(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>, restored: &BTreeMap<String, u64>) -> Result<()> {
    let mut wrong = Vec::new();
    for (table, count) in before.iter().filter(|(table, count)| after.get(*table) == Some(count)) {
        match restored.get(table) {
            Some(found) if found == count => {}
            Some(found) => wrong.push(format!("{table} has {found} rows instead of {count}")),
            None => wrong.push(format!("{table} is missing")),
        }
    }
    let known = |table: &String| before.contains_key(table) || after.contains_key(table);
    wrong.extend(restored.keys().filter(|table| !known(table)).map(|table| format!("{table} should not be there")));
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Error::new("failed", format!("the restored databases are not those that were saved: {}", wrong.join("; "))))
}

/// What a server of the same kind needs to start anew.
#[must_use]
pub fn scratch_environment(service: &Service) -> Vec<String> {
    let mut environment = vec!["POSTGRES_PASSWORD=scratch".to_owned()];
    for name in ["POSTGRES_USER", "POSTGRES_INITDB_ARGS", "PGDATA", "LANG"] {
        if let Some(value) = service.variable(name) {
            environment.push(format!("{name}={value}"));
        }
    }
    environment
}

/// The server's version, as `15.4`.
///
/// # Errors
/// `failed` where the container has no PostgreSQL.
pub fn version(container: &str) -> Result<String> {
    let text = output_of(container, &["pg_dumpall", "--version"])?;
    Ok(text.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit())).unwrap_or_default().to_owned())
}
