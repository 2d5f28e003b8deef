use crate::node::Value;
use crate::task_reading::{Reader, text_template};
use crate::{Diagnostic, Precondition, Service, suggest};

/// `service = true`, or `{ ready, restart }`.
pub(crate) fn service(reader: &mut Reader<'_>) -> Option<Service> {
    let node = reader.table.get("service")?;
    if !matches!(node.value, Value::Boolean(false)) {
        check_task(reader);
    }
    match &node.value {
        Value::Boolean(on) => on.then_some(Service { ready: None, restart: false }),
        Value::Table(table) => {
            reader.problems.unknown_keys(table, &["ready", "restart"], "`service`");
            let ready = text_template(table, "ready", reader.problems);
            if let (Some(node), Some(text)) = (table.get("ready"), table.get("ready").and_then(|node| node.text()))
                && !is_address(text)
            {
                reader.problems.at(&node.at, "`ready` must be `tcp://HOST:PORT`", "not an address that accepts connections");
            }
            let word = reader.problems.text(table, "restart");
            if let (Some(word), Some(node)) = (&word, table.get("restart"))
                && !matches!(word.as_str(), "no" | "on-failure")
            {
                let help = suggest(word, ["no", "on-failure"]);
                let message = format!("`restart` cannot be `{word}`");
                reader.problems.push(Diagnostic::at(&node.at, message, "`no` or `on-failure`").maybe_help(help));
            }
            Some(Service { ready, restart: word.as_deref() == Some("on-failure") })
        }
        _ => {
            reader.problems.wrong_kind(node, "service", "`true` or `{ ready, restart }`");
            None
        }
    }
}

/// What a task that lives on cannot be.
fn check_task(reader: &mut Reader<'_>) {
    let Some(entry) = reader.table.entry("service") else { return };
    if !["uses", "run", "sh"].iter().any(|key| reader.table.get(key).is_some()) {
        let problem = Diagnostic::at(&entry.key_at, "a service has a program of its own", "this task only calls others");
        reader.problems.push(problem.help("put `service` into the task with `run`, `sh` or `uses`"));
    }
    if let Some(interactive) = reader.table.entry("interactive")
        && matches!(interactive.node.value, Value::Boolean(true))
    {
        let mut problem = Diagnostic::at(&interactive.key_at, "a service cannot have the terminal", "it lives on after the run");
        problem.labels.push((entry.key_at.clone(), "a service".into()));
        reader.problems.push(problem);
    }
}

/// Whether a text is `tcp://HOST:PORT`, as far as that is known before its references are.
fn is_address(text: &str) -> bool {
    if text.starts_with("${") {
        return true;
    }
    let Some((host, port)) = text.strip_prefix("tcp://").and_then(|address| address.rsplit_once(':')) else {
        // The port may be in a reference.
        return text.starts_with("tcp://") && text.contains("${");
    };
    !host.is_empty() && (port.contains('}') || port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// The list `preconditions`.
pub(crate) fn preconditions(reader: &mut Reader<'_>) -> Vec<Precondition> {
    let mut all = Vec::new();
    for node in reader.problems.array(reader.table, "preconditions", "tables") {
        let Some(table) = reader.problems.table_of(node, "preconditions") else { continue };
        reader.problems.unknown_keys(table, &["exists", "message", "hint"], "a precondition");
        if table.get("exists").is_none() {
            reader.problems.at(&node.at, "a precondition says nothing that must be there", "add `exists = \"PATH\"`");
        }
        let exists = text_template(table, "exists", reader.problems);
        let message = reader.problems.text(table, "message");
        let hint = reader.problems.text(table, "hint");
        all.extend(exists.map(|exists| Precondition { exists, message, hint, at: node.at.clone() }));
    }
    all
}
