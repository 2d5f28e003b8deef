use infra_event::{ErrorCode, ExitCode, Outcome};

/// The exit code of a run with these outcomes: where exactly one step failed, what says most about it; else 1.
pub(crate) fn exit_code<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> ExitCode {
    let mut failures = outcomes.filter_map(|outcome| match outcome {
        Outcome::Failed { error } => Some(error),
        _ => None,
    });
    let Some(error) = failures.next() else { return ExitCode::Done };
    if failures.next().is_some() {
        return ExitCode::Failed;
    }
    match error.exit_code() {
        Some(0) | None => {}
        Some(code) => return ExitCode::Program(code),
    }
    match error.code.as_str() {
        ErrorCode::DENIED => ExitCode::Refused,
        ErrorCode::UNAVAILABLE => ExitCode::Unavailable,
        ErrorCode::TIMEOUT => ExitCode::OutOfTime,
        ErrorCode::DEFECT => ExitCode::Defect,
        _ => ExitCode::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use infra_event::TaskError;

    fn failed(error: TaskError) -> Outcome {
        Outcome::Failed { error }
    }

    #[test]
    fn one_failure_says_what_it_was_and_two_are_one() {
        let program = failed(TaskError::new(ErrorCode::FAILED, "x").details(serde_json::json!({ "exit_code": 3 })));
        let denied = failed(TaskError::new(ErrorCode::DENIED, "x"));
        assert_eq!(exit_code([&Outcome::Cancelled].into_iter()), ExitCode::Done);
        assert_eq!(exit_code([&program].into_iter()), ExitCode::Program(3));
        assert_eq!(exit_code([&denied].into_iter()), ExitCode::Refused);
        assert_eq!(exit_code([&denied, &program].into_iter()), ExitCode::Failed);
    }
}
