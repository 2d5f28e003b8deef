use crate::{
    Style,
    clean_text::clean_text,
    duration_text::duration_text,
    record::StepRecord,
    short_text::{columns_of, short_text},
    style::{BAD, DIM, GOOD, WARN},
};
use anstyle::Style as Ansi;
use infra_event::Outcome;

/// The sign of an outcome, its colour, and the word for it.
pub(crate) fn sign(outcome: &Outcome) -> (&'static str, Ansi, &'static str) {
    match outcome {
        Outcome::Succeeded { .. } => ("✓", GOOD, "done"),
        Outcome::UpToDate { .. } => ("✓", DIM, "done"),
        Outcome::Skipped { .. } => ("-", DIM, "skipped"),
        Outcome::Failed { .. } => ("✗", BAD, "failed"),
        Outcome::Cancelled => ("■", WARN, "cancelled"),
        Outcome::NotRun { .. } => ("·", DIM, "not run"),
        Outcome::Unknown { .. } => ("?", WARN, "unknown"),
    }
}

/// Why a step that is done already was not run.
pub(crate) const fn up_to_date(restored: bool) -> &'static str {
    if restored { "up to date (restored)" } else { "up to date" }
}

/// The one line of a step that has ended: `✓ services-setup  3.2s`.
pub(crate) fn step_line(record: &StepRecord, outcome: &Outcome, style: &Style, columns: Option<usize>) -> String {
    let (mark, color, _) = sign(outcome);
    let columns = columns.unwrap_or(usize::MAX);
    let name = short_text(&record.name, columns.saturating_sub(2));
    let duration = duration_text(record.duration_ms);
    let parts: Vec<(Ansi, String)> = match outcome {
        Outcome::Succeeded { changed: true, .. } => vec![(DIM, duration)],
        Outcome::Succeeded { changed: false, .. } => vec![(DIM, duration), (DIM, "no changes".to_owned())],
        Outcome::UpToDate { restored, .. } => vec![(DIM, up_to_date(*restored).to_owned())],
        Outcome::Failed { error } => vec![(DIM, duration), (BAD, clean_text(&error.message).into_owned())],
        Outcome::Cancelled => vec![(DIM, duration), (WARN, "cancelled".to_owned())],
        Outcome::Skipped { reason } => vec![(DIM, format!("skipped: {}", clean_text(reason)))],
        Outcome::NotRun { because } => vec![(DIM, format!("not run: {}", clean_text(because)))],
        Outcome::Unknown { because } => vec![(DIM, format!("known only when applied: {}", clean_text(because)))],
    };
    let mut line = format!("{} {name}", style.paint(color, mark));
    let mut used = 2 + columns_of(&name);
    for (color, part) in parts {
        let part = short_text(&part, columns.saturating_sub(used + 2));
        if part.is_empty() {
            break;
        }
        line.push_str("  ");
        line.push_str(&style.paint(color, &part));
        used += 2 + columns_of(&part);
    }
    line
}
