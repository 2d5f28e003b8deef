use super::print;
use crate::Global;
use crate::directories::Directories;
use crate::error::{SessionError, end};
use crate::project::root;
use infra_event::{ExitCode, Timestamp};
use infra_journal::{History, RunRecord};
use serde_json::{Value as Json, json};

/// Lists past runs of the project.
#[must_use]
pub fn history(global: &Global, limit: usize, json: bool) -> ExitCode {
    end(global, show(global, limit, json))
}

fn show(global: &Global, limit: usize, as_json: bool) -> Result<ExitCode, SessionError> {
    let root = root(global)?;
    let history = open()?;
    let runs = history.runs(&root, limit)?;
    let rows: Vec<Json> = runs.iter().map(if as_json { whole } else { row }).collect();
    if as_json {
        print(&serde_json::to_string_pretty(&rows).unwrap_or_default());
    } else if rows.is_empty() {
        print("Nothing has run here yet.");
    } else if let Some(text) = infra_report::output(&Json::Array(rows), &global.result_style()) {
        print(&text);
    }
    Ok(ExitCode::Done)
}

pub(crate) fn open() -> Result<History, SessionError> {
    Ok(History::open(&Directories::find()?.journal())?)
}

fn row(run: &RunRecord) -> Json {
    let took = run.ended.map(|ended| infra_report::duration_text(ended.0.saturating_sub(run.started.0).try_into().unwrap_or(0)));
    json!({ "run": run.run, "started": time(run.started), "took": took, "tasks": run.tasks.join(" "), "outcome": run.outcome, "exit": run.exit_code })
}

fn whole(run: &RunRecord) -> Json {
    json!({
        "run": run.run, "project": run.project, "root": run.root, "tasks": run.tasks, "params": run.params, "mode": run.mode,
        "started": run.started, "ended": run.ended, "outcome": run.outcome, "exit_code": run.exit_code,
    })
}

/// In the local time zone.
pub(crate) fn time(at: Timestamp) -> String {
    let zoned = jiff::Timestamp::from_millisecond(at.0).map(|at| at.to_zoned(jiff::tz::TimeZone::system()));
    zoned.map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
}
