use crate::action::{Action, LoopValue, Test};
use crate::condition::Condition;
use crate::script::uses_variable;
use crate::word_text::{Value, ValuePart};

/// What a private task is called after.
pub(crate) fn hint(action: &Action) -> String {
    match action {
        Action::Say(_) => "says".to_owned(),
        Action::Run(run) => {
            let program = run.words.first().map(Value::start).unwrap_or_default();
            program.rsplit('/').next().unwrap_or(program).trim_end_matches(".sh").to_owned()
        }
        Action::Call(call) => call.target.clone(),
        Action::Script(_) => "script".to_owned(),
        Action::Loop { variable, .. } => format!("each-{variable}"),
        Action::When { conditions, .. } => match conditions.first().map(|test| &test.condition) {
            Some(Condition::When { values, negated: false, .. }) if values.iter().any(|value| !value.is_empty()) => {
                format!("for-{}", values.join("-"))
            }
            _ => "else".to_owned(),
        },
        Action::Tool(_) => "tools".to_owned(),
        Action::Fail(_) => "refuses".to_owned(),
        Action::Broken { .. } => "broken".to_owned(),
        Action::Confirm { .. } | Action::Require(_) | Action::Exists { .. } => "asks".to_owned(),
    }
}

/// Whether an action uses the variable of a loop.
pub(crate) fn uses(action: &Action, name: &str) -> bool {
    let value = |value: &Value| value.0.iter().any(|part| matches!(part, ValuePart::Loop(used) if used == name));
    match action {
        Action::Say(lines) | Action::Fail(lines) => lines.iter().any(value),
        Action::Run(run) => run.words.iter().chain(run.dir.iter()).any(value) || run.env.iter().any(|(_, env)| value(env)),
        Action::Call(call) => call.with.iter().any(|(_, with)| value(with)),
        Action::Script(script) => uses_variable(&script.text(), name),
        Action::Loop { values, body, .. } => {
            values.iter().any(|one| matches!(one, LoopValue::One(one) if value(one)))
                || body.iter().any(|action| uses(action, name))
        }
        Action::When { conditions, body } => {
            let asks = |test: &Test| test.is_loop && matches!(&test.condition, Condition::When { param, .. } if param == name);
            conditions.iter().any(asks) || body.iter().any(|action| uses(action, name))
        }
        Action::Exists { path, .. } => value(path),
        Action::Confirm { .. } | Action::Require(_) | Action::Tool(_) | Action::Broken { .. } => false,
    }
}
