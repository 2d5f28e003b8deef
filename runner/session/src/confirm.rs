use crate::error::SessionError;
use infra_plan::Plan;
use std::io::{IsTerminal as _, Write as _};

/// Asks for every word before anything runs.
pub(crate) fn confirm(plan: &Plan, yes: bool) -> Result<(), SessionError> {
    if yes {
        return Ok(());
    }
    for confirmation in &plan.confirmations {
        let (task, word) = (&confirmation.task, &confirmation.word);
        if !std::io::stdin().is_terminal() || infra_report::in_ci() {
            return Err(SessionError::usage(
                format!("the task `{task}` asks for the word `{word}`, and there is nobody to ask"),
                "answer it with `--yes`",
            ));
        }
        eprint!("The task `{task}` asks: type `{word}` to go on: ");
        let _ = std::io::stderr().flush();
        let mut answer = String::new();
        let _ = std::io::stdin().read_line(&mut answer);
        if answer.trim() != word {
            return Err(SessionError::usage(format!("the answer is not `{word}`"), "nothing was run"));
        }
    }
    Ok(())
}
