use crate::{
    Style,
    clean_text::clean_lines,
    record::{LogTail, StepRecord},
    style::{ACCENT, BAD, DIM},
    wrapped::wrapped,
};
use infra_event::TaskError;
use serde_json::Value;

const BACKTRACE_LINES: usize = 40;

/// What to say of a step that failed: its name and cause, the end of its log, the hint, the backtrace.
pub(crate) fn failure_lines(
    record: &StepRecord,
    error: &TaskError,
    style: &Style,
    columns: Option<usize>,
    log_lines: usize,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut cause = clean_lines(&error.message);
    let name = format!("✗ {}:", record.name);
    lines.push(format!("{} {}", style.paint(BAD, &name), cause.next().unwrap_or_default()));
    lines.extend(cause.map(|line| format!("  {line}")));
    lines = lines.iter().flat_map(|line| wrapped(line, columns)).collect();
    lines.extend(log_tail_lines(&record.log, style, log_lines));
    if let Some(hint) = &error.hint {
        let mut hint = clean_lines(hint);
        let first = format!("  {} {}", style.paint(ACCENT, "hint:"), hint.next().unwrap_or_default());
        lines.extend(wrapped(&first, columns));
        lines.extend(hint.flat_map(|line| wrapped(&format!("        {line}"), columns)));
    }
    let backtrace = backtrace_lines(error);
    if !backtrace.is_empty() {
        lines.push(style.paint(DIM, "  backtrace:"));
        lines.extend(backtrace.iter().map(|line| style.paint(DIM, &format!("    {line}"))));
    }
    lines
}

/// The end of a log, indented.
pub(crate) fn log_tail_lines(log: &LogTail, style: &Style, log_lines: usize) -> Vec<String> {
    let shown = log.lines.len().min(log_lines);
    if shown == 0 {
        return Vec::new();
    }
    let hidden = log.earlier + (log.lines.len() - shown) as u64;
    let more = match hidden {
        0 => None,
        1 => Some("… 1 earlier line".to_owned()),
        _ => Some(format!("… {hidden} earlier lines")),
    };
    let kept = log.lines.iter().skip(log.lines.len() - shown).map(|line| format!("    {line}"));
    more.map(|text| style.paint(DIM, &format!("    {text}"))).into_iter().chain(kept).collect()
}

fn backtrace_lines(error: &TaskError) -> Vec<String> {
    let clean = |text: &str| clean_lines(text).map(|line| line.into_owned()).collect::<Vec<_>>();
    let mut lines = match error.details.as_ref().and_then(|details| details.get("backtrace")) {
        Some(Value::String(text)) => clean(text),
        Some(Value::Array(frames)) => {
            frames.iter().flat_map(|frame| frame.as_str().map_or_else(|| clean(&frame.to_string()), clean)).collect()
        }
        _ => Vec::new(),
    };
    if lines.len() > BACKTRACE_LINES {
        let more = lines.len() - BACKTRACE_LINES;
        lines.truncate(BACKTRACE_LINES);
        lines.push(format!("… {more} more"));
    }
    lines
}
