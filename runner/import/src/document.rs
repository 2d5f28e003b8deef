use crate::toml_text::{self, block, key, list, table, text};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// An Infrafile to be written.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub head: Vec<String>,
    pub project: String,
    /// Each with its table.
    pub params: Vec<(String, String)>,
    /// Values of parameters in profiles.
    pub profiles: BTreeMap<String, Vec<(String, String)>>,
    /// Each with its table.
    pub grants: Vec<(String, String)>,
    pub tasks: Vec<TaskText>,
    /// What is not carried, with its reason.
    pub left: Vec<String>,
}

/// A task to be written. All texts are TOML already, but for names, help and scripts.
#[derive(Clone, Debug, Default)]
pub(crate) struct TaskText {
    pub name: String,
    pub comments: Vec<String>,
    pub help: Option<String>,
    pub group: Option<String>,
    pub private: bool,
    /// Parameters of its own, which must be given.
    pub params: Vec<String>,
    pub needs: Vec<CallText>,
    pub confirm: Option<String>,
    pub preconditions: Vec<String>,
    pub when: Option<String>,
    /// The axis and its values.
    pub matrix: Option<(String, Vec<String>)>,
    pub work: WorkText,
    pub env: Vec<(String, String)>,
    pub dir: Option<String>,
    pub interactive: bool,
    pub allow: Vec<String>,
}

/// What a task does.
#[derive(Clone, Debug, Default)]
pub(crate) enum WorkText {
    #[default]
    Nothing,
    Run(Vec<String>),
    Shell(String),
    Steps(Vec<CallText>),
    Uses(String, Vec<(String, String)>),
}

/// A call of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallText {
    pub task: String,
    pub with: Vec<(String, String)>,
}

impl CallText {
    pub fn of(task: impl Into<String>) -> Self {
        Self { task: task.into(), with: vec![] }
    }

    fn toml(&self) -> String {
        if self.with.is_empty() {
            return text(&self.task);
        }
        format!("{{ task = {}, with = {} }}", text(&self.task), table(&self.with))
    }
}

impl TaskText {
    /// A task that only others call.
    pub fn private(name: String) -> Self {
        Self { name, private: true, ..Self::default() }
    }

    fn entries(&self) -> Vec<(&'static str, String)> {
        let mut entries = Vec::new();
        let mut add = |key: &'static str, value: Option<String>| entries.extend(value.map(|value| (key, value)));
        let calls = |calls: &[CallText]| list(&calls.iter().map(CallText::toml).collect::<Vec<_>>());
        add("help", self.help.as_deref().map(text));
        add("group", self.group.as_deref().map(text));
        add("private", self.private.then(|| "true".to_owned()));
        let params: Vec<(String, String)> =
            self.params.iter().map(|name| (name.clone(), "{ required = true }".to_owned())).collect();
        add("params", (!params.is_empty()).then(|| table(&params)));
        add("needs", (!self.needs.is_empty()).then(|| calls(&self.needs)));
        add("confirm", self.confirm.as_deref().map(text));
        add("preconditions", (!self.preconditions.is_empty()).then(|| list(&self.preconditions)));
        add("when", self.when.clone());
        if let Some((axis, values)) = &self.matrix {
            add("matrix", Some(table(&[(axis.clone(), list(values))])));
            // A loop of a shell does one after the other.
            add("serial", Some("true".to_owned()));
        }
        match &self.work {
            WorkText::Nothing => {}
            WorkText::Run(words) => add("run", Some(list(words))),
            WorkText::Shell(script) => add("sh", Some(block(script))),
            WorkText::Steps(steps) => add("steps", Some(calls(steps))),
            WorkText::Uses(component, with) => {
                add("uses", Some(text(component)));
                add("with", Some(table(with)));
            }
        }
        add("env", (!self.env.is_empty()).then(|| table(&self.env)));
        add("dir", self.dir.clone());
        add("interactive", self.interactive.then(|| "true".to_owned()));
        add("allow", (!self.allow.is_empty()).then(|| list(&self.allow)));
        entries
    }
}

impl Document {
    /// The text of the Infrafile.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for line in &self.head {
            let _ = writeln!(out, "{}", format!("# {}", toml_text::comment(line)).trim_end());
        }
        let _ = writeln!(out, "\n[project]\nname = {}", text(&self.project));
        if !self.params.is_empty() {
            out.push_str("\n[params]\n");
            aligned(&mut out, self.params.iter().map(|(name, value)| (key(name), value.clone())).collect());
        }
        for (profile, values) in &self.profiles {
            let _ = writeln!(out, "\n[profile.{}.params]", key(profile));
            aligned(&mut out, values.iter().map(|(name, value)| (key(name), value.clone())).collect());
        }
        for (name, value) in &self.grants {
            let _ = writeln!(out, "\n[grants.{}]\n{value}", key(name));
        }
        for task in &self.tasks {
            out.push('\n');
            for comment in &task.comments {
                let _ = writeln!(out, "{}", format!("# {}", toml_text::comment(comment)).trim_end());
            }
            let _ = writeln!(out, "[tasks.{}]", key(&task.name));
            aligned(&mut out, task.entries().into_iter().map(|(key, value)| (key.to_owned(), value)).collect());
        }
        if !self.left.is_empty() {
            out.push_str("\n# Not carried:\n");
            for line in &self.left {
                let _ = writeln!(out, "# - {}", toml_text::comment(line));
            }
        }
        out
    }
}

/// `KEY = VALUE` lines with their signs under each other.
fn aligned(out: &mut String, entries: Vec<(String, String)>) {
    let width = entries.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0);
    for (key, value) in entries {
        let _ = writeln!(out, "{key:width$} = {value}");
    }
}
