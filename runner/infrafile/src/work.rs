use crate::call_reading::calls;
use crate::node::Node;
use crate::task_reading::Reader;
use crate::template_parse::is_name;
use crate::{Diagnostic, Spanned, Template, Work};
use serde_json::Value as Json;

const WORK: [&str; 4] = ["uses", "run", "sh", "steps"];

/// What a task does: exactly one of four keys, or only needs.
pub(crate) fn work(reader: &mut Reader<'_>) -> Work {
    let entries: Vec<_> = WORK.iter().filter_map(|key| reader.table.entry(key)).collect();
    if let [first, second, ..] = entries.as_slice() {
        let message = format!("the task `{}` has both `{}` and `{}`", reader.name, first.key, second.key);
        let mut problem = Diagnostic::at(&second.key_at, message, "a task does one thing");
        problem.labels.push((first.key_at.clone(), "also here".into()));
        reader.problems.push(problem.help("make two tasks, and a third with both as its `steps`"));
    }
    let kind = entries.first().map(|entry| entry.key.as_str());
    if kind != Some("uses")
        && let Some(with) = reader.table.entry("with")
    {
        reader.problems.push(Diagnostic::at(&with.key_at, "`with` goes only with `uses`", "nothing takes these arguments"));
    }
    if !matches!(kind, Some("run" | "sh"))
        && let Some(confine) = reader.table.entry("confine")
    {
        let message = "`confine` goes only with `run` and `sh`";
        let problem = Diagnostic::at(&confine.key_at, message, "a component is always in its sandbox");
        reader.problems.push(
            problem.help(
                "a program that a component starts says it in its own grant: `process = [{ program = …, confine = false }]`",
            ),
        );
    }
    let Some(entry) = entries.first() else {
        if reader.table.get("needs").is_none() {
            let message = format!("the task `{}` does nothing", reader.name);
            let problem = Diagnostic::at(reader.at, message, "no work");
            reader.problems.push(problem.help("add one of `uses`, `run`, `sh`, `steps`, or `needs`"));
        }
        return Work::Nothing;
    };
    match kind {
        Some("uses") => uses(reader, &entry.node),
        Some("run") => run(reader, &entry.node),
        Some("sh") => Work::Shell(reader.problems.text_of(&entry.node, "sh").unwrap_or_default()),
        _ => Work::Steps(calls(reader, "steps")),
    }
}

fn uses(reader: &mut Reader<'_>, node: &Node) -> Work {
    let value = reader.problems.text_of(node, "uses").unwrap_or_default();
    let known = match value.strip_prefix("std/") {
        Some(name) => is_name(name),
        None => {
            let path = ["./", "../", "/"].iter().any(|lead| value.starts_with(lead)) || value.ends_with(".wasm");
            path || value.strip_prefix("oci://").is_some_and(|rest| !rest.is_empty())
        }
    };
    if !known && node.text().is_some() {
        let problem = Diagnostic::at(&node.at, format!("`{value}` is not a component"), "not known");
        reader
            .problems
            .push(problem.help("write `std/NAME`, `./path/to/crate`, `path/to/file.wasm` or `oci://registry/repository:tag`"));
    }
    let with = match reader.table.get("with") {
        Some(node) if reader.problems.table_of(node, "with").is_some() => node.template(reader.problems),
        _ => Template::Literal(Json::Object(serde_json::Map::new())),
    };
    Work::Uses { component: Spanned { value, at: node.at.clone() }, with }
}

fn run(reader: &mut Reader<'_>, node: &Node) -> Work {
    let words = reader.problems.array(reader.table, "run", "texts: the program and its arguments");
    if node.array().is_some_and(|array| array.first().is_none_or(|first| first.text() == Some(""))) {
        let problem = Diagnostic::at(&node.at, "`run` names no program", "no program");
        reader.problems.push(problem.help("write `run = [\"PROGRAM\", \"ARGUMENT\"]`"));
    }
    let mut parts = Vec::new();
    for word in words {
        match word.text() {
            Some(_) => parts.push(word.template(reader.problems)),
            None => reader.problems.wrong_kind(word, "run", "a list of texts"),
        }
    }
    Work::Run(parts)
}
