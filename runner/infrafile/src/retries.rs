use crate::Retries;
use crate::node::{Table, Value};
use crate::problems::Problems;

/// `retries = 3`, or `{ attempts, backoff, limit }`.
pub(crate) fn retries(table: &Table, problems: &mut Problems) -> Retries {
    let default = Retries::default();
    let Some(node) = table.get("retries") else { return default };
    let attempts = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    match &node.value {
        Value::Integer(_) => Retries { attempts: problems.number_of(node, "retries", 1).map_or(1, attempts), ..default },
        Value::Table(inner) => {
            problems.unknown_keys(inner, &["attempts", "backoff", "limit"], "`retries`");
            let backoff = problems.duration(inner, "backoff").unwrap_or(default.backoff);
            Retries {
                attempts: problems.number(inner, "attempts", 1).map_or(default.attempts, attempts),
                backoff,
                limit: problems.duration(inner, "limit").unwrap_or(default.limit.max(backoff)),
            }
        }
        _ => {
            problems.wrong_kind(node, "retries", "a whole number or `{ attempts, backoff, limit }`");
            default
        }
    }
}
