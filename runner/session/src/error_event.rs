use crate::error::SessionError;
use infra_event::ExitCode;
use infra_infrafile::{Diagnostic, Sources};
use serde_json::{Value as Json, json};

/// The event that tells why a verb ended without doing its work.
pub(crate) fn error_event(error: &SessionError) -> Json {
    let (message, problems) = match error {
        SessionError::Infrafile(diagnostics) => {
            let first = diagnostics.all.first().map(|problem| problem.message.clone());
            let problems: Vec<Json> = diagnostics.all.iter().map(|one| problem(one, &diagnostics.sources)).collect();
            (first.unwrap_or_else(|| error.to_string()), problems)
        }
        other => (other.to_string(), vec![]),
    };
    let code = error.exit_code().code();
    let hint = error.hint().map_or_else(|| problems.first().map_or(Json::Null, |first| first["help"].clone()), Json::from);
    json!({ "type": "error", "message": message, "hint": hint, "exit_code": code, "problems": problems })
}

/// Something wrong in a file, with its place: line and column from 1.
fn problem(problem: &Diagnostic, sources: &Sources) -> Json {
    let place = problem.labels.first().and_then(|(at, _)| {
        let source = sources.0.get(at.file)?;
        let before = source.text.get(..at.span.start.min(source.text.len()))?;
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Some((source.path.display().to_string(), line, column))
    });
    let (file, line, column) = place.map_or((None, None, None), |(file, line, column)| (Some(file), Some(line), Some(column)));
    json!({ "message": problem.message, "file": file, "line": line, "column": column, "help": problem.help })
}

/// Tells that the command line is wrong, as an event.
#[must_use]
pub fn usage_event(message: &str) -> ExitCode {
    let hint = "`infra --help` shows the verbs, `infra VERB --help` their flags";
    let error = SessionError::usage(message.trim_start_matches("error: ").trim(), hint);
    eprintln!("{}", error_event(&error));
    error.exit_code()
}
