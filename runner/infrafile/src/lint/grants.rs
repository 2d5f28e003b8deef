use super::{Fix, Lint, Segment};
use crate::Diagnostic;
use crate::node::{Node, Table};
use std::collections::BTreeSet;

const NAME: &str = "unused-grant";

/// Grants of a file that nothing can use: names that no `allow` has, and an `allow` of a task that does nothing itself.
pub(super) fn unused(file: usize, tree: &Table) -> Vec<Lint> {
    let tasks = || tree.get("tasks").and_then(Node::table).into_iter().flat_map(|tasks| &tasks.0);
    let includes = tree.get("include").and_then(Node::array).unwrap_or_default().iter().filter_map(Node::table);
    let allows = tasks().filter_map(|task| task.node.table()).chain(includes).filter_map(|table| table.get("allow")?.array());
    let named: BTreeSet<&str> = allows.flatten().filter_map(Node::text).collect();
    let mut all = Vec::new();
    for grant in tree.get("grants").and_then(Node::table).into_iter().flat_map(|grants| &grants.0) {
        if !named.contains(grant.key.as_str()) {
            let message = format!("nothing is allowed the grant `{}`", grant.key);
            let problem = Diagnostic::at(&grant.key_at, message, "never used").help("take it away, or name it in an `allow`");
            let path = vec![Segment::Key("grants".to_owned()), Segment::Key(grant.key.clone())];
            all.push(Lint::new(NAME, problem).fix(Some(Fix { file, path })));
        }
    }
    for task in tasks() {
        let Some(table) = task.node.table() else { continue };
        let works = ["uses", "run", "sh"].iter().any(|key| table.get(key).is_some());
        if let Some(allow) = table.entry("allow").filter(|_| !works) {
            let message = format!("the task `{}` does nothing itself, so what it is allowed is never used", task.key);
            let problem =
                Diagnostic::at(&allow.key_at, message, "never used").help("what its steps may do stands in their own `allow`");
            let path = ["tasks", &task.key, "allow"].map(|key| Segment::Key(key.to_owned())).to_vec();
            all.push(Lint::new(NAME, problem).fix(Some(Fix { file, path })));
        }
    }
    all
}
