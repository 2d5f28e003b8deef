use crate::node::Node;
use crate::task_reading::Reader;
use crate::{Call, Diagnostic};

/// The calls of `needs`, `steps` or `finally`, with the whole names of their tasks.
pub(crate) fn calls(reader: &mut Reader<'_>, key: &str) -> Vec<Call> {
    let nodes = reader.problems.array(reader.table, key, "tasks");
    nodes.iter().filter_map(|node| call(reader, node, key)).collect()
}

fn call(reader: &mut Reader<'_>, node: &Node, key: &str) -> Option<Call> {
    let (name, name_at, with) = match node.table() {
        Some(table) => {
            reader.problems.unknown_keys(table, &["task", "with"], &format!("a call of `{key}`"));
            let Some(task) = table.get("task") else {
                reader.problems.at(&node.at, format!("a call of `{key}` names no task"), "add `task = \"…\"`");
                return None;
            };
            let with = reader.problems.table(table, "with").map(|with| with.templates(reader.problems)).unwrap_or_default();
            (reader.problems.text_of(task, "task")?, &task.at, with)
        }
        None if node.text().is_some() => (node.text()?.to_owned(), &node.at, vec![]),
        None => {
            reader.problems.wrong_kind(node, key, "a list of tasks: names, or `{ task = …, with = … }`");
            return None;
        }
    };
    let Some(task) = reader.names.resolve(&name, reader.namespace) else {
        let help = reader.names.suggest(&name, reader.namespace);
        let message = format!("unknown task `{name}` in `{key}` of `{}`", reader.name);
        reader.problems.push(Diagnostic::at(name_at, message, "not a task").maybe_help(help));
        return None;
    };
    let outside = reader.namespace.is_some_and(|namespace| !task.starts_with(&format!("{namespace}:")));
    if outside && !with.is_empty() {
        let message = format!("an included file cannot give `{task}` other arguments");
        reader.problems.at(name_at, message, "this task is not of the included file");
    }
    Some(Call { task: task.to_owned(), with, at: name_at.clone() })
}
