use super::{Fix, Lint, Segment};
use crate::Diagnostic;
use crate::node::{Node, Table, Value};

/// The keys of lists in which something twice is as once.
const SETS: [&str; 24] = [
    "allow",
    "needs",
    "locks",
    "aliases",
    "choices",
    "inputs",
    "outputs",
    "images",
    "verbs",
    "mounts",
    "ports",
    "options",
    "contexts",
    "foreign",
    "namespaces",
    "kinds",
    "cluster",
    "secrets",
    "hosts",
    "methods",
    "connect",
    "listen",
    "read",
    "write",
];

/// Elements that stand in a list for the second time.
pub(super) fn repeated(file: usize, tree: &Table) -> Vec<Lint> {
    let mut all = Vec::new();
    table(file, tree, &mut vec![], &mut all);
    all
}

fn table(file: usize, tree: &Table, path: &mut Vec<Segment>, all: &mut Vec<Lint>) {
    for entry in &tree.0 {
        // What a component takes is its own.
        if entry.key == "with" || entry.key == "matrix" {
            continue;
        }
        path.push(Segment::Key(entry.key.clone()));
        if let (Some(array), true) = (entry.node.array(), SETS.contains(&entry.key.as_str())) {
            list(file, &entry.key, array, path, all);
        }
        node(file, &entry.node, path, all);
        path.pop();
    }
}

fn node(file: usize, of: &Node, path: &mut Vec<Segment>, all: &mut Vec<Lint>) {
    match &of.value {
        Value::Table(inner) => table(file, inner, path, all),
        Value::Array(array) => {
            for (index, element) in array.iter().enumerate() {
                path.push(Segment::Index(index));
                node(file, element, path, all);
                path.pop();
            }
        }
        _ => {}
    }
}

fn list(file: usize, key: &str, array: &[Node], path: &[Segment], all: &mut Vec<Lint>) {
    for (index, element) in array.iter().enumerate() {
        let json = element.json();
        let Some(first) = array[..index].iter().find(|earlier| earlier.json() == json) else { continue };
        let message = format!("the same stands twice in `{key}`");
        let mut problem = Diagnostic::at(&element.at, message, "again").help("take one of them away");
        problem.labels.push((first.at.clone(), "first here".to_owned()));
        let path = path.iter().cloned().chain([Segment::Index(index)]).collect();
        all.push(Lint::new("repeated", problem).fix(Some(Fix { file, path })));
    }
}
