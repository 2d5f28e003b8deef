use crate::node::{Entry, Node, Table, Value};
use crate::param_value::whole;
use crate::problems::Problems;
use crate::template_parse::is_name;
use crate::{Diagnostic, Location, Param, ParamKind, suggest};

const KEYS: [&str; 7] = ["type", "default", "choices", "pattern", "required", "env", "help"];

/// The parameters that a table declares.
pub(crate) fn params(table: &Table, problems: &mut Problems) -> Vec<Param> {
    table.0.iter().filter_map(|entry| param(entry, problems)).collect()
}

fn param(entry: &Entry, problems: &mut Problems) -> Option<Param> {
    let name = &entry.key;
    if !is_name(name) || matches!(name.as_str(), "matrix" | "needs") {
        let message = format!("`{name}` cannot be the name of a parameter");
        problems.at(&entry.key_at, message, "letters, digits, `_` and `-`, with a letter first");
        return None;
    }
    let mut param = Param {
        name: name.clone(),
        kind: ParamKind::default(),
        default: None,
        choices: vec![],
        pattern: None,
        env: None,
        help: None,
        at: entry.key_at.clone(),
    };
    let Some(table) = entry.node.table() else {
        match kind_of(&entry.node) {
            Some(kind) => param.kind = kind,
            None => problems.wrong_kind(&entry.node, name, "a table, or a default: a text, a whole number, a boolean, a list"),
        }
        set_default(&mut param, &entry.node, problems);
        return Some(param);
    };
    problems.unknown_keys(table, &KEYS, &format!("the parameter `{name}`"));
    let mut known = true;
    match table.get("type") {
        Some(node) => match kind(node, problems) {
            Some(kind) => param.kind = kind,
            // What else is written is not measured by a type that nobody named.
            None => known = false,
        },
        // The default says what the values are, so that `{ default = 3000 }` needs no more.
        None => param.kind = table.get("default").and_then(kind_of).unwrap_or_default(),
    }
    param.env = problems.text(table, "env");
    param.help = problems.text(table, "help");
    if !known {
        return Some(param);
    }
    if let Some(pattern) = problems.text(table, "pattern") {
        set_pattern(&mut param, table, pattern, problems);
    }
    let element = Param { kind: if param.kind == ParamKind::List { ParamKind::String } else { param.kind }, ..param.clone() };
    for node in problems.array(table, "choices", "values") {
        match element.accept(&node.json()) {
            Ok(value) => param.choices.push(value),
            Err(problem) => problems.push(placed(problem, node)),
        }
    }
    let required = problems.boolean(table, "required").unwrap_or(false);
    match table.get("default") {
        Some(node) => set_default(&mut param, node, problems),
        None if required => {}
        None => {
            let message = format!("the parameter `{name}` has no default");
            problems.push(
                Diagnostic::at(&entry.key_at, message, "no value where nothing gives one")
                    .help("add `default = …`, or `required = true`"),
            );
        }
    }
    Some(param)
}

fn set_default(param: &mut Param, node: &Node, problems: &mut Problems) {
    match param.accept(&node.json()) {
        Ok(value) => param.default = Some(value),
        Err(problem) => problems.push(placed(problem, node)),
    }
}

fn set_pattern(param: &mut Param, table: &Table, pattern: String, problems: &mut Problems) {
    let Some(node) = table.get("pattern") else { return };
    if matches!(param.kind, ParamKind::Integer | ParamKind::Boolean) {
        problems.at(&node.at, format!("`{}` has no text that a pattern could hold for", param.name), "only for texts and lists");
        return;
    }
    match whole(&pattern) {
        Ok(_) => param.pattern = Some(pattern),
        Err(error) => {
            let error = error.to_string();
            let reason = error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            problems.at(&node.at, "the pattern is not a regular expression", reason);
        }
    }
}

fn kind(node: &Node, problems: &mut Problems) -> Option<ParamKind> {
    let word = problems.text_of(node, "type")?;
    let found = ParamKind::ALL.iter().find(|(_, name)| *name == word);
    if found.is_none() {
        let help = suggest(&word, ParamKind::ALL.map(|(_, name)| name));
        let message = format!("`{word}` is not a type");
        let label = "`string`, `integer`, `boolean` or `list`";
        problems.push(Diagnostic::at(&node.at, message, label).maybe_help(help));
    }
    found.map(|(kind, _)| *kind)
}

fn kind_of(node: &Node) -> Option<ParamKind> {
    match node.value {
        Value::String(..) => Some(ParamKind::String),
        Value::Integer(_) => Some(ParamKind::Integer),
        Value::Boolean(_) => Some(ParamKind::Boolean),
        Value::Array(_) => Some(ParamKind::List),
        _ => None,
    }
}

/// A refused value, with the place where it is written.
pub(crate) fn placed(problem: Diagnostic, node: &Node) -> Diagnostic {
    placed_at(problem, &node.at, "not accepted")
}

/// The same with a place and a label.
pub(crate) fn placed_at(mut problem: Diagnostic, at: &Location, label: &str) -> Diagnostic {
    problem.labels = vec![(at.clone(), label.to_owned())];
    problem
}
