use crate::param_text::plain;
use infra_infrafile::{Condition, Format, Part, Reference, Task, Template, Work};

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
