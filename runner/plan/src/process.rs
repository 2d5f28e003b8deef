//! `run` and `sh`: sugar for `std/process`.

use crate::{Expression, Program};
use infra_effect::{Grants, ProcessGrant};
use infra_event::Value;
use serde_json::{Value as Json, json};

/// The component that `run` and `sh` are.
pub(crate) const USES: &str = "std/process";

/// The arguments of `std/process` for `run`.
pub(crate) fn run(argv: Vec<Expression>, interactive: bool) -> Expression {
    Expression::Table(vec![("argv".to_owned(), Expression::List(argv)), interactive_entry(interactive)])
}

/// The arguments of `std/process` for `sh`.
pub(crate) fn shell(script: &str, interactive: bool) -> Expression {
    let script = Expression::Literal(Json::String(script.to_owned()));
    Expression::Table(vec![("script".to_owned(), script), interactive_entry(interactive)])
}

fn interactive_entry(interactive: bool) -> (String, Expression) {
    ("interactive".to_owned(), Expression::Literal(Json::Bool(interactive)))
}

/// The task's own grants first, for they may say more about the program; then exactly the program that is spelled out, which
/// may use the files that the task may.
///
/// A service may listen on the port at which it is seen to be ready.
pub(crate) fn grants(allow: &Grants, args: &Value, program: Program, ready: Option<&str>) -> Grants {
    let args = args.to_json();
    let words: Vec<String> = match (args.get("argv"), args.get("script")) {
        (Some(Json::Array(argv)), _) => {
            argv.iter().map(|word| word.as_str().map_or_else(|| word.to_string(), str::to_owned)).collect()
        }
        (None, Some(script)) => {
            vec!["sh".to_owned(), "-eu".to_owned(), "-c".to_owned(), script.as_str().unwrap_or_default().to_owned()]
        }
        _ => vec![],
    };
    let mut grants = allow.clone();
    // A star in the name of a program would be a pattern: such a program only `allow` can grant.
    if let Some((name, args)) = words.split_first().filter(|(name, _)| !name.contains('*')) {
        grants.process.push(ProcessGrant {
            read: allow.files.read.clone(),
            write: allow.files.write.clone(),
            listen: ready.and_then(|ready| ready.rsplit_once(':')).map(|(_, port)| format!("*:{port}")).into_iter().collect(),
            confine: program.confine,
            ..ProcessGrant::exactly(name, args)
        });
    }
    grants
}

/// A value of a parameter as an environment variable.
pub(crate) fn variable(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(variable).collect::<Vec<_>>().join(","),
        Json::Null => String::new(),
        other => json!(other).to_string(),
    }
}
