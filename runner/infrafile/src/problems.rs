use crate::node::{Node, Table, Value};
use crate::{Diagnostic, Location, suggest};
use std::time::Duration;

/// Everything that is wrong, collected while reading goes on.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    /// What is wrong in a file.
    pub files: Vec<Diagnostic>,
    /// What is wrong on the command line or in the environment.
    pub usage: Vec<Diagnostic>,
}

impl Problems {
    pub fn push(&mut self, problem: Diagnostic) {
        self.files.push(problem);
    }

    pub fn at(&mut self, location: &Location, message: impl Into<String>, label: impl Into<String>) {
        self.push(Diagnostic::at(location, message, label));
    }

    /// A value is not of the kind that its key takes.
    pub fn wrong_kind(&mut self, node: &Node, key: &str, wanted: &str) {
        self.at(&node.at, format!("`{key}` must be {wanted}, not {}", node.noun()), format!("this is {}", node.noun()));
    }

    /// The keys that are none of the known ones.
    pub fn unknown_keys(&mut self, table: &Table, known: &[&str], whose: &str) {
        for entry in table.0.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let near = suggest(&entry.key, known.iter().copied());
            let help = near.unwrap_or_else(|| format!("the keys are {}", known.join(", ")));
            let message = format!("unknown key `{}` in {whose}", entry.key);
            self.push(Diagnostic::at(&entry.key_at, message, "not known").help(help));
        }
    }

    pub fn text(&mut self, table: &Table, key: &str) -> Option<String> {
        let node = table.get(key)?;
        self.text_of(node, key)
    }

    pub fn text_of(&mut self, node: &Node, key: &str) -> Option<String> {
        let text = node.text().map(str::to_owned);
        if text.is_none() {
            self.wrong_kind(node, key, "a text");
        }
        text
    }

    pub fn boolean(&mut self, table: &Table, key: &str) -> Option<bool> {
        let node = table.get(key)?;
        match node.value {
            Value::Boolean(flag) => Some(flag),
            _ => {
                self.wrong_kind(node, key, "`true` or `false`");
                None
            }
        }
    }

    /// A whole number of at least `least`.
    pub fn number(&mut self, table: &Table, key: &str, least: u64) -> Option<u64> {
        let node = table.get(key)?;
        self.number_of(node, key, least)
    }

    pub fn number_of(&mut self, node: &Node, key: &str, least: u64) -> Option<u64> {
        let Value::Integer(number) = node.value else {
            self.wrong_kind(node, key, "a whole number");
            return None;
        };
        let number = u64::try_from(number).ok().filter(|number| *number >= least);
        if number.is_none() {
            self.at(&node.at, format!("`{key}` must be at least {least}"), "too small");
        }
        number
    }

    pub fn array<'n>(&mut self, table: &'n Table, key: &str, of: &str) -> &'n [Node] {
        let Some(node) = table.get(key) else { return &[] };
        node.array().unwrap_or_else(|| {
            self.wrong_kind(node, key, &format!("a list of {of}"));
            &[]
        })
    }

    pub fn texts(&mut self, table: &Table, key: &str) -> Vec<String> {
        let nodes = self.array(table, key, "texts");
        nodes.iter().filter_map(|node| self.text_of(node, key)).collect()
    }

    pub fn table<'n>(&mut self, table: &'n Table, key: &str) -> Option<&'n Table> {
        let node = table.get(key)?;
        self.table_of(node, key)
    }

    pub fn table_of<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n Table> {
        if node.table().is_none() {
            self.wrong_kind(node, key, "a table");
        }
        node.table()
    }

    pub fn duration(&mut self, table: &Table, key: &str) -> Option<Duration> {
        let node = table.get(key)?;
        let text = node.text().or_else(|| {
            self.wrong_kind(node, key, "a duration as `30s`");
            None
        })?;
        match crate::parse_duration(text) {
            Ok(duration) => Some(duration),
            Err(message) => {
                self.at(&node.at, message, format!("wrong `{key}`"));
                None
            }
        }
    }
}

impl Problems {
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.usage.is_empty()
    }

    /// All of it, in the order of the text, each once.
    pub fn diagnostics(mut self, sources: crate::Sources) -> crate::Diagnostics {
        let usage = self.files.is_empty();
        self.files.sort_by_key(|problem| problem.labels.first().map(|(at, _)| (at.file, at.span.start)));
        let mut all: Vec<Diagnostic> = Vec::new();
        for problem in self.usage.into_iter().chain(self.files) {
            if !all.contains(&problem) {
                all.push(problem);
            }
        }
        crate::Diagnostics { all, sources, usage }
    }
}
