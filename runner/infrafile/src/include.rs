use crate::grants::{NamedGrants, allow};
use crate::names::is_task_name;
use crate::node::{Node, Table};
use crate::problems::Problems;
use crate::text_file::read_inside;
use crate::{Diagnostic, Location, Source, Sources, syntax};
use infra_effect::Grants;
use std::path::Path;

/// The Infrafile itself, or one that it includes.
#[derive(Debug)]
pub(crate) struct Document {
    pub tree: Table,
    /// Its own named grants.
    pub grants: NamedGrants,
    /// What makes it an included one.
    pub included: Option<Included>,
}

#[derive(Debug)]
pub(crate) struct Included {
    pub namespace: String,
    /// All that its tasks may be granted.
    pub allow: Grants,
    /// Where the include is written.
    pub at: Location,
}

impl Document {
    pub fn namespace(&self) -> Option<&str> {
        self.included.as_ref().map(|included| included.namespace.as_str())
    }

    pub fn whole_name(&self, name: &str) -> String {
        self.namespace().map_or_else(|| name.to_owned(), |namespace| format!("{namespace}:{name}"))
    }
}

/// Reads what the Infrafile includes.
pub(crate) fn documents(
    root: &Path,
    tree: &Table,
    grants: &NamedGrants,
    sources: &mut Sources,
    problems: &mut Problems,
) -> Vec<Document> {
    let mut all: Vec<Document> = Vec::new();
    for node in problems.array(tree, "include", "tables") {
        if let Some(document) = document(root, node, grants, sources, problems) {
            if all.iter().any(|other| other.namespace() == document.namespace()) {
                let message = format!("two includes have the namespace `{}`", document.namespace().unwrap_or_default());
                problems.at(&node.at, message, "again");
            } else {
                all.push(document);
            }
        }
    }
    all
}

fn document(root: &Path, node: &Node, grants: &NamedGrants, sources: &mut Sources, problems: &mut Problems) -> Option<Document> {
    let line = problems.table_of(node, "include")?;
    problems.unknown_keys(line, &["path", "namespace", "allow"], "`include`");
    let allow = allow(line, grants, problems);
    for key in ["path", "namespace"] {
        if line.get(key).is_none() {
            problems.at(&node.at, format!("an include has no `{key}`"), format!("add `{key} = \"…\"`"));
        }
    }
    let path = problems.text(line, "path");
    let namespace = problems.text(line, "namespace")?;
    if !is_task_name(&namespace) {
        let at = &line.get("namespace")?.at;
        problems.at(
            at,
            format!("`{namespace}` cannot be a namespace"),
            "small letters, digits, `_` and `-`, with a letter first",
        );
        return None;
    }
    let path = path?;
    let text = match read_inside(root, Path::new(&path)) {
        Ok(text) => text,
        Err(reason) => {
            problems.at(
                &line.get("path")?.at,
                format!("`{path}` cannot be included: {reason}"),
                "relative to the project's root",
            );
            return None;
        }
    };
    let file = sources.0.len();
    let parsed = syntax::parse(&text, file);
    sources.0.push(Source { path: path.into(), text });
    let tree = parsed.map_err(|errors| problems.files.extend(errors)).ok()?;
    for entry in tree.0.iter().filter(|entry| matches!(entry.key.as_str(), "project" | "profile" | "secrets" | "include")) {
        let message = format!("an included file has no `{}`", entry.key);
        problems.push(Diagnostic::at(&entry.key_at, message, "only in the project's Infrafile"));
    }
    let known = ["params", "grants", "tasks", "project", "profile", "secrets", "include"];
    problems.unknown_keys(&tree, &known, "an included file");
    let own = problems.table(&tree, "grants").map(|table| crate::grants::named(table, problems)).unwrap_or_default();
    Some(Document { tree, grants: own, included: Some(Included { namespace, allow, at: node.at.clone() }) })
}
