use crate::Location;
use crate::node::{Node, Table, Value};

/// A text of an Infrafile.
pub(super) struct Text<'t> {
    /// The key that names it: of a parameter's default, the parameter.
    pub key: &'t str,
    pub text: &'t str,
    /// The place of what stands between its quotes.
    at: &'t Location,
}

impl Text<'_> {
    /// The place of a part of the text; of the whole, where it is written in another way.
    pub fn place(&self, part: std::ops::Range<usize>) -> Location {
        if self.at.span.len() == self.text.len() {
            let start = self.at.span.start;
            return Location { file: self.at.file, span: start + part.start..start + part.end };
        }
        self.at.clone()
    }
}

/// All texts of a file that a program, a component or a server may get.
pub(super) fn texts(tree: &Table) -> Vec<Text<'_>> {
    let mut all = Vec::new();
    for entry in &tree.0 {
        if matches!(entry.key.as_str(), "params" | "profile" | "tasks" | "grants") {
            node(&entry.node, &entry.key, &mut all);
        }
    }
    all
}

fn node<'t>(of: &'t Node, key: &'t str, all: &mut Vec<Text<'t>>) {
    match &of.value {
        Value::String(text, at) => all.push(Text { key, text, at }),
        Value::Array(array) => array.iter().for_each(|element| node(element, key, all)),
        Value::Table(table) => {
            for entry in table.0.iter().filter(|entry| !is_for_people(&entry.key)) {
                node(&entry.node, if entry.key == "default" { key } else { &entry.key }, all);
            }
        }
        _ => {}
    }
}

fn is_for_people(key: &str) -> bool {
    matches!(key, "help" | "hint" | "message" | "group" | "aliases" | "confirm" | "skip" | "pattern")
}
