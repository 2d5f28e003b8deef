use crate::include::Document;
use crate::node::{Entry, Table};
use crate::problems::Problems;
use crate::{Diagnostic, Location, suggest};
use std::collections::BTreeMap;

/// A task before it is typed: its whole name, and what is written of it.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub name: String,
    /// The place of its document in the list.
    pub document: usize,
    pub entry: Entry,
}

/// Every name that a call may say, with the whole name of its task.
#[derive(Debug, Default)]
pub(crate) struct Names {
    all: BTreeMap<String, (String, Location)>,
    /// The secrets of the project.
    pub secrets: Vec<String>,
}

/// The tasks of all files, in their order.
pub(crate) fn declared(documents: &[Document], problems: &mut Problems) -> Vec<Declared> {
    let mut all = Vec::new();
    for (document, content) in documents.iter().enumerate() {
        for entry in problems.table(&content.tree, "tasks").map_or(&[][..], |table| &table.0) {
            if !is_task_name(&entry.key) {
                let message = format!("`{}` cannot be the name of a task", entry.key);
                problems.at(&entry.key_at, message, "small letters, digits, `_` and `-`, with a letter first");
            } else if problems.table_of(&entry.node, &entry.key).is_some() {
                all.push(Declared { name: content.whole_name(&entry.key), document, entry: entry.clone() });
            }
        }
    }
    all
}

impl Names {
    pub fn new(tasks: &[Declared], documents: &[Document], problems: &mut Problems) -> Self {
        let mut names = Self::default();
        for task in tasks {
            names.all.insert(task.name.clone(), (task.name.clone(), task.entry.key_at.clone()));
        }
        for task in tasks {
            let Some(table) = task.entry.node.table() else { continue };
            for node in problems.array(table, "aliases", "texts") {
                let Some(alias) = problems.text_of(node, "aliases") else { continue };
                if !is_task_name(&alias) {
                    let message = format!("`{alias}` cannot be the name of a task");
                    problems.at(&node.at, message, "small letters, digits, `_` and `-`, with a letter first");
                    continue;
                }
                let whole = documents.get(task.document).map_or_else(|| alias.clone(), |document| document.whole_name(&alias));
                if let Some((other, other_at)) = names.all.get(&whole) {
                    let mut problem = Diagnostic::at(&node.at, format!("`{whole}` already names the task `{other}`"), "again");
                    problem.labels.push((other_at.clone(), "first here".into()));
                    problems.push(problem);
                } else {
                    names.all.insert(whole, (task.name.clone(), node.at.clone()));
                }
            }
        }
        names
    }

    /// The whole name of the task that is called: in the namespace of the caller first.
    pub fn resolve(&self, name: &str, namespace: Option<&str>) -> Option<&str> {
        let inner = namespace.and_then(|namespace| self.all.get(&format!("{namespace}:{name}")));
        inner.or_else(|| self.all.get(name)).map(|(task, _)| task.as_str())
    }

    pub fn suggest(&self, name: &str, namespace: Option<&str>) -> Option<String> {
        let inner =
            |whole: &str| namespace.and_then(|namespace| whole.strip_prefix(namespace)?.strip_prefix(':').map(str::to_owned));
        let short: Vec<String> = self.all.keys().filter_map(|whole| inner(whole)).collect();
        suggest(name, short.iter().chain(self.all.keys()).map(String::as_str))
    }
}

/// Lays the tasks of a profile on the declared ones.
pub(crate) fn overlay(tasks: &mut [Declared], over: &Table) {
    for entry in &over.0 {
        if let Some(task) = tasks.iter_mut().find(|task| task.name == entry.key)
            && let (crate::node::Value::Table(own), Some(over)) = (&mut task.entry.node.value, entry.node.table())
        {
            own.overlay(over);
        }
    }
}

pub(crate) fn is_task_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'))
}
