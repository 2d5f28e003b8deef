use super::print;
use super::show::told;
use crate::Global;
use crate::error::end;
use crate::run_diff::RunDiff;
use infra_event::ExitCode;

/// Shows what differs between two runs.
#[must_use]
pub fn diff(global: &Global, left: &str, right: &str, json: bool) -> ExitCode {
    let compared = told(global, Some(left)).and_then(|left| Ok(RunDiff::between(&left, &told(global, Some(right))?)));
    end(
        global,
        compared.map(|diff| {
            print(&if json {
                serde_json::to_string_pretty(&diff).unwrap_or_default()
            } else {
                diff.text(&global.result_style())
            });
            ExitCode::Done
        }),
    )
}
