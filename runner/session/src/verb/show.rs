use super::history::open;
use super::print;
use crate::Global;
use crate::error::{SessionError, end};
use crate::project::root;
use crate::shown_run::text;
use crate::told_run::ToldRun;
use infra_event::ExitCode;

/// Shows all that the journal has of a run, but for its log.
#[must_use]
pub fn show(global: &Global, run: Option<&str>, json: bool) -> ExitCode {
    end(
        global,
        told(global, run).map(|run| {
            print(&if json {
                serde_json::to_string_pretty(&run).unwrap_or_default()
            } else {
                text(&run, &global.result_style())
            });
            ExitCode::Done
        }),
    )
}

/// The run of this name; else the last.
pub(crate) fn told(global: &Global, run: Option<&str>) -> Result<ToldRun, SessionError> {
    let root = root(global)?;
    let history = open()?;
    let run = history.run(&root, run.unwrap_or("last"))?;
    ToldRun::read(&history, run)
}
