use crate::error::SessionError;
use infra_journal::Retention;
use std::time::Duration;

const DAY: u64 = 24 * 3600;

/// The past runs that are kept, as the user wants it.
pub(crate) fn retention() -> Result<Retention, SessionError> {
    let mut retention = Retention::default();
    if let Some(runs) = number("INFRA_KEEP_RUNS")? {
        retention.runs = usize::try_from(runs).unwrap_or(usize::MAX >> 1);
    }
    if let Some(days) = number("INFRA_KEEP_DAYS")? {
        retention.age = Duration::from_secs(days.saturating_mul(DAY));
    }
    Ok(retention)
}

fn number(name: &str) -> Result<Option<u64>, SessionError> {
    let Ok(text) = std::env::var(name) else { return Ok(None) };
    // A number that SQLite can hold.
    match text.parse::<u32>() {
        Ok(number) => Ok(Some(number.into())),
        Err(_) => Err(SessionError::usage(format!("{name} is `{text}`"), "it is a whole number, such as 100")),
    }
}
