//! `infra run --plan-first`: what would happen is shown, and somebody says whether it shall.

use crate::Global;
use crate::ask::{ask, somebody_is_there};
use crate::error::SessionError;
use crate::prepare::Prepared;
use crate::verb::plan::plan_prepared;
use infra_event::ExitCode;

/// Refuses at once where there will be nobody to answer.
pub(crate) fn may_ask(yes: bool) -> Result<(), SessionError> {
    if yes || somebody_is_there() {
        return Ok(());
    }
    Err(SessionError::usage(
        "`--plan-first` asks whether to go on, and there is nobody to ask",
        "`--yes` goes on; `infra plan` shows the plan alone",
    ))
}

/// Shows the plan on standard error, which leaves standard output to the results, and asks. With a code the run ends here.
pub(crate) async fn show_and_ask(global: &Global, prepared: &Prepared, yes: bool) -> Result<Option<ExitCode>, SessionError> {
    let planned = plan_prepared(global, prepared, None).await?;
    if global.output != crate::OutputMode::Json {
        eprintln!("{}", infra_report::plan(&planned.events, &global.status_style()));
    }
    let code = planned.summary.exit_code;
    if code != ExitCode::Done {
        crate::status::warn(global, "the plan failed; nothing was run".to_owned());
        return Ok(Some(code));
    }
    if yes || !planned.summary.changed {
        return Ok(None);
    }
    match ask("Go on? [y/N] ").await?.to_lowercase().as_str() {
        "y" | "yes" => Ok(None),
        _ => Err(SessionError::usage("the answer is not yes", "nothing was run")),
    }
}
