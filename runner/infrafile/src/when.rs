use crate::node::{Table, Value};
use crate::task_reading::Reader;
use crate::template_parse::reference_name;
use crate::{Condition, Diagnostic, ReferenceName};
use serde_json::Value as Json;

/// The conditions of `when`.
pub(crate) fn conditions(reader: &mut Reader<'_>) -> Vec<Condition> {
    let mut all = Vec::new();
    if let Some(table) = reader.problems.table(reader.table, "when") {
        collect(reader, table, false, &mut all);
    }
    all
}

fn collect(reader: &mut Reader<'_>, table: &Table, negated: bool, all: &mut Vec<Condition>) {
    for entry in &table.0 {
        let inner = entry.node.table();
        if entry.key == "not" {
            match inner {
                Some(_) if negated => reader.problems.at(&entry.key_at, "`not` stands in no other `not`", "twice"),
                Some(inner) => collect(reader, inner, true, all),
                None => reader.problems.wrong_kind(&entry.node, "not", "a table of conditions"),
            }
            continue;
        }
        // `matrix.os = "a"` without quotes is a table in TOML.
        if let (Some(inner), "matrix") = (inner, entry.key.as_str()) {
            for axis in &inner.0 {
                let values = values(reader, &axis.node, &axis.key);
                let name = ReferenceName::Matrix(axis.key.clone());
                all.push(Condition { name, values, negated, at: axis.key_at.clone() });
            }
            continue;
        }
        match reference_name(&entry.key) {
            Some(name @ (ReferenceName::Param(_) | ReferenceName::Matrix(_))) => {
                let values = values(reader, &entry.node, &entry.key);
                all.push(Condition { name, values, negated, at: entry.key_at.clone() });
            }
            _ => {
                let message = format!("`when` cannot ask for `{}`", entry.key);
                let problem = Diagnostic::at(&entry.key_at, message, "not a parameter or an axis");
                reader.problems.push(problem.help("a name of a parameter, or `\"matrix.NAME\"`"));
            }
        }
    }
}

fn values(reader: &mut Reader<'_>, node: &crate::node::Node, key: &str) -> Vec<Json> {
    let nodes = node.array().unwrap_or(std::slice::from_ref(node));
    if nodes.is_empty() {
        reader.problems.at(&node.at, format!("the condition on `{key}` can never hold"), "no values");
    }
    for wrong in nodes.iter().filter(|node| matches!(node.value, Value::Array(_) | Value::Table(_))) {
        reader.problems.wrong_kind(wrong, key, "a value or a list of values");
    }
    nodes.iter().map(crate::node::Node::json).collect()
}
