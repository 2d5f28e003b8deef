use crate::node::Table;
use crate::problems::Problems;
use crate::{Diagnostic, suggest};
use infra_effect::TextPattern;
use std::path::Path;

/// The table `[project]`.
pub(crate) struct Project {
    pub name: String,
    pub sandbox_required: bool,
    pub protect: Vec<TextPattern>,
}

/// Reads `[project]`; the directory names the project where nothing else does.
pub(crate) fn project(tree: &Table, root: &Path, problems: &mut Problems) -> Project {
    let directory = root.file_name().map_or_else(|| "project".to_owned(), |name| name.to_string_lossy().into_owned());
    let Some(table) = problems.table(tree, "project") else {
        return Project { name: directory, sandbox_required: false, protect: vec![] };
    };
    problems.unknown_keys(table, &["name", "sandbox", "protect"], "`[project]`");
    let name = problems.text(table, "name").unwrap_or(directory);
    if name.trim().is_empty()
        && let Some(node) = table.get("name")
    {
        problems.at(&node.at, "the project's name is empty", "a name");
    }
    let sandbox = problems.text(table, "sandbox");
    if let (Some(word), Some(node)) = (&sandbox, table.get("sandbox"))
        && !matches!(word.as_str(), "auto" | "required")
    {
        let help = suggest(word, ["auto", "required"]);
        problems.push(Diagnostic::at(&node.at, format!("`sandbox` cannot be `{word}`"), "`auto` or `required`").maybe_help(help));
    }
    let protect = problems.texts(table, "protect").into_iter().map(TextPattern).collect();
    Project { name, sandbox_required: sandbox.as_deref() == Some("required"), protect }
}
