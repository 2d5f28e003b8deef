use crate::param_text::plain;
use infra_infrafile::{Call, Condition, Format, Part, Reference, ReferenceName, Task, Template, Work};
use std::collections::BTreeSet;

/// What a task does, in a few words.
pub(crate) fn work(task: &Task) -> String {
    match &task.work {
        Work::Nothing if task.needs.is_empty() => "nothing".to_owned(),
        Work::Nothing | Work::Steps(_) => "steps".to_owned(),
        Work::Uses { component, .. } => component.value.clone(),
        Work::Run(words) => words.iter().map(word).collect::<Vec<_>>().join(" "),
        Work::Shell(script) => {
            let mut lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
            let first = lines.next().unwrap_or_default();
            if lines.next().is_some() { format!("sh: {first} …") } else { format!("sh: {first}") }
        }
    }
}

/// A condition of `when`, for people.
pub(crate) fn condition(condition: &Condition) -> String {
    let values: Vec<String> = condition.values.iter().map(crate::param_text::value).collect();
    let is = if condition.negated { "is not" } else { "is" };
    format!("{} {is} {}", condition.name, values.join(" or "))
}

/// A value as it is written.
pub(crate) fn word(template: &Template) -> String {
    match template {
        Template::Literal(value) => plain(value),
        Template::Reference(reference) => written(reference),
        Template::Text(parts) => parts
            .iter()
            .map(|part| match part {
                Part::Literal(text) => text.clone(),
                Part::Reference(reference) => written(reference),
            })
            .collect(),
        Template::List(items) => items.iter().map(word).collect::<Vec<_>>().join(","),
        Template::Table(_) => "…".to_owned(),
    }
}

fn written(reference: &Reference) -> String {
    let format = match reference.format {
        Some(Format::Csv) => ":csv",
        Some(Format::Json) => ":json",
        None => "",
    };
    format!("${{{}{format}}}", reference.name)
}

/// The parameters that the task itself names.
pub(crate) fn references(task: &Task) -> BTreeSet<String> {
    let calls =
        |calls: &[Call]| calls.iter().flat_map(|call| call.with.iter().map(|(_, value)| value.clone())).collect::<Vec<_>>();
    let mut templates: Vec<Template> = task.env.iter().map(|(_, value)| value.clone()).chain(task.dir.clone()).collect();
    templates.extend(task.matrix.iter().flat_map(|(_, values)| values.clone()));
    templates.extend(task.preconditions.iter().map(|one| one.exists.clone()));
    templates.extend(task.up_to_date.iter().flat_map(|one| one.inputs.iter().chain(&one.outputs)).cloned());
    templates.extend(calls(&task.needs));
    templates.extend(calls(&task.finally));
    let mut names: BTreeSet<String> = BTreeSet::new();
    match &task.work {
        Work::Nothing => {}
        Work::Steps(steps) => templates.extend(calls(steps)),
        Work::Uses { with, .. } => templates.push(with.clone()),
        Work::Run(words) => templates.extend(words.iter().cloned()),
        // Every parameter is in the environment of a script: those that it names are looked for as whole words.
        Work::Shell(script) => {
            let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            names.extend(script.split(|letter| !word(letter)).map(str::to_owned));
        }
    }
    let param = |name: &ReferenceName| if let ReferenceName::Param(name) = name { Some(name.clone()) } else { None };
    names.extend(templates.iter().flat_map(Template::references).filter_map(|reference| param(&reference.name)));
    names.extend(task.when.iter().filter_map(|condition| param(&condition.name)));
    names
}
