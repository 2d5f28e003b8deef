use crate::Template;
use crate::task_reading::Reader;
use crate::template_parse::is_name;

/// The axes of `matrix`.
pub(crate) fn axes(reader: &mut Reader<'_>) -> Vec<(String, Vec<Template>)> {
    let Some(table) = reader.problems.table(reader.table, "matrix") else { return vec![] };
    let mut all = Vec::new();
    for entry in &table.0 {
        if !is_name(&entry.key) {
            let message = format!("`{}` cannot be the name of an axis", entry.key);
            reader.problems.at(&entry.key_at, message, "letters, digits, `_` and `-`, with a letter first");
            continue;
        }
        let nodes = reader.problems.array(table, &entry.key, "values");
        if entry.node.array().is_some_and(<[_]>::is_empty) {
            reader.problems.at(&entry.node.at, format!("the axis `{}` has no values", entry.key), "empty");
        }
        all.push((entry.key.clone(), nodes.iter().map(|node| node.template(reader.problems)).collect()));
    }
    all
}
