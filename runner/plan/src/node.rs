use crate::expression::Part;
use crate::scope::Scope;
use crate::substitute::substitute;
use crate::{Expression, Program, Service, Step, UpToDate, Work, process};
use infra_infrafile::{Diagnostic, Format, Param, Part as TemplatePart, Spanned, Task, Template, Work as Declared};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A step that is not done: nothing of it is looked at.
pub(crate) fn skipped(task: &Task) -> Step {
    blank(task, Work::Nothing)
}

/// The step of a task with the values of its scope. Its place, name and order are the builder's.
pub(crate) fn step(
    task: &Task,
    scope: &Scope,
    extra: &[(String, Expression)],
    project: &BTreeMap<String, Json>,
) -> Result<Step, Vec<Diagnostic>> {
    let mut wrong = Vec::new();
    let mut make = |template: &Template| match substitute(template, scope) {
        Ok(value) => value,
        Err(diagnostic) => {
            wrong.push(diagnostic);
            Expression::Literal(Json::Null)
        }
    };
    let mut env = Vec::new();
    let work = match &task.work {
        Declared::Nothing | Declared::Steps(_) => Work::Nothing,
        Declared::Uses { component, with } => {
            let mut args = make(with);
            args.merge(extra.to_vec());
            Work::Component { uses: component.clone(), args, program: None }
        }
        Declared::Run(argv) => {
            let argv = argv.iter().map(|word| make(&as_text(word))).collect();
            built_in(task, process::run(argv, task.interactive))
        }
        Declared::Shell(script) => {
            env = variables(scope, project);
            built_in(task, process::shell(script, task.interactive))
        }
    };
    env.extend(task.env.iter().map(|(name, template)| (name.clone(), make(template))));
    let dir = task.dir.as_ref().map(&mut make);
    let service =
        task.service.as_ref().map(|service| Service { ready: service.ready.as_ref().map(&mut make), restart: service.restart });
    let up_to_date = task.up_to_date.as_ref().map(|declared| UpToDate {
        inputs: declared.inputs.iter().map(&mut make).collect(),
        outputs: declared.outputs.iter().map(&mut make).collect(),
        cache: declared.cache,
    });
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let late =
        |param: &Param| Some((param.clone(), scope.params.get(&param.name).filter(|value| value.literal().is_none())?.clone()));
    let params = task.params.iter().filter_map(late).collect();
    Ok(Step { params, env, dir, service, up_to_date, ..blank(task, work) })
}

fn blank(task: &Task, work: Work) -> Step {
    Step {
        at: task.at.clone(),
        work,
        allow: task.allow.clone(),
        locks: task.locks.clone(),
        retries: task.retries,
        timeout: task.timeout,
        limits: task.limits,
        interactive: task.interactive,
        ..Step::nothing(&task.name)
    }
}

fn built_in(task: &Task, args: Expression) -> Work {
    let uses = Spanned { value: process::USES.to_owned(), at: task.at.clone() };
    Work::Component { uses, args, program: Some(Program { confine: task.confine }) }
}

/// An argument of a program is text, also where it is exactly one reference.
fn as_text(word: &Template) -> Template {
    match word {
        Template::Reference(reference) => Template::Text(vec![TemplatePart::Reference(reference.clone())]),
        other => other.clone(),
    }
}

/// A script is never interpolated: parameters reach it as environment variables.
fn variables(scope: &Scope, project: &BTreeMap<String, Json>) -> Vec<(String, Expression)> {
    let names = project.keys().chain(scope.params.keys().filter(|name| !project.contains_key(*name)));
    let value = |name: &String, expression: &Expression| match expression.literal() {
        Some(json) => Expression::Literal(Json::String(process::variable(&json))),
        // A list becomes the same text when it is known.
        None => Expression::Text(vec![Part { value: expression.clone(), format: Some(Format::Csv), origin: name.clone() }]),
    };
    names.filter_map(|name| Some((name.clone(), value(name, scope.params.get(name)?)))).collect()
}
