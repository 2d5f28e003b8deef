use crate::node::{Node, Table};
use crate::problems::Problems;
use infra_event::Limits;

const KEYS: [&str; 7] = ["memory", "table-elements", "instances", "host-calls", "log", "message", "handles"];

/// The table `limits`.
pub(crate) fn limits(table: &Table, problems: &mut Problems) -> Limits {
    let mut limits = Limits::default();
    let Some(inner) = problems.table(table, "limits") else { return limits };
    problems.unknown_keys(inner, &KEYS, "`limits`");
    for entry in &inner.0 {
        let key = entry.key.as_str();
        let bytes = matches!(key, "memory" | "log" | "message");
        let number = match entry.node.text() {
            _ if !KEYS.contains(&key) => continue,
            Some(text) if bytes => size(&entry.node, text, problems),
            _ => problems.number_of(&entry.node, key, 0),
        };
        let Some(number) = number else { continue };
        let short = || u32::try_from(number).unwrap_or(u32::MAX);
        match key {
            "memory" => limits.memory = number,
            "table-elements" => limits.table_elements = number,
            "instances" => limits.instances = short(),
            "host-calls" => limits.host_calls = number,
            "log" => limits.log = number,
            "message" => limits.message = number,
            _ => limits.handles = short(),
        }
    }
    limits
}

fn size(node: &Node, text: &str, problems: &mut Problems) -> Option<u64> {
    match crate::parse_size(text) {
        Ok(size) => Some(size),
        Err(message) => {
            problems.at(&node.at, message, "not a size");
            None
        }
    }
}
