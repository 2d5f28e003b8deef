use crate::ask::{ask, somebody_is_there};
use crate::error::SessionError;
use infra_plan::Plan;

/// Asks for every word before anything runs.
pub(crate) async fn confirm(plan: &Plan, yes: bool) -> Result<(), SessionError> {
    if yes {
        return Ok(());
    }
    for confirmation in &plan.confirmations {
        let (task, word) = (&confirmation.task, &confirmation.word);
        if !somebody_is_there() {
            return Err(SessionError::usage(
                format!("the task `{task}` asks for the word `{word}`, and there is nobody to ask"),
                "answer it with `--yes`",
            ));
        }
        if ask(&format!("The task `{task}` asks: type `{word}` to go on: ")).await? != *word {
            return Err(SessionError::usage(format!("the answer is not `{word}`"), "nothing was run"));
        }
    }
    Ok(())
}
