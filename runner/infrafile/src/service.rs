use crate::node::Value;
use crate::task_reading::{Reader, text_template};
use crate::{Diagnostic, Precondition, Service, suggest};

/// `service = true`, or `{ ready, restart }`.
pub(crate) fn service(reader: &mut Reader<'_>) -> Option<Service> {
    let node = reader.table.get("service")?;
    match &node.value {
        Value::Boolean(on) => on.then_some(Service { ready: None, restart: false }),
        Value::Table(table) => {
            reader.problems.unknown_keys(table, &["ready", "restart"], "`service`");
            let ready = text_template(table, "ready", reader.problems);
            if let (Some(node), Some(text)) = (table.get("ready"), table.get("ready").and_then(|node| node.text()))
                && !text.starts_with("tcp://")
                && !text.starts_with("${")
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
