use crate::{Diagnostic, Diagnostics, Infrafile, Source, Sources};
use toml_edit::{DocumentMut, Item, TableLike, Value};

/// What is taken away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fix {
    /// The file's place in the sources.
    pub file: usize,
    /// The way to it.
    pub path: Vec<Segment>,
}

/// A part of the way to something in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// Of a table.
    Key(String),
    /// Of a list.
    Index(usize),
}

/// The files that these fixes change, with their new texts.
///
/// # Errors
/// Where a text cannot be read any more.
pub fn fixed(infrafile: &Infrafile, fixes: &[Fix]) -> Result<Vec<Source>, Diagnostics> {
    let mut all = Vec::new();
    for (file, source) in infrafile.sources.0.iter().enumerate() {
        let mut own: Vec<&Fix> = fixes.iter().filter(|fix| fix.file == file).collect();
        if own.is_empty() {
            continue;
        }
        let mut document: DocumentMut = source.text.parse().map_err(|error: toml_edit::TomlError| Diagnostics {
            all: vec![Diagnostic::new(format!("{}: {}", source.path.display(), error.message()))],
            sources: Sources::default(),
            usage: false,
        })?;
        // From the end, so that what is taken away moves nothing that comes later.
        own.sort();
        for fix in own.iter().rev() {
            remove(document.as_table_mut(), &fix.path);
        }
        all.push(Source { path: source.path.clone(), text: document.to_string() });
    }
    Ok(all)
}

fn remove(table: &mut dyn TableLike, path: &[Segment]) {
    match path {
        [Segment::Key(key)] => {
            table.remove(key);
        }
        [Segment::Key(key), rest @ ..] => {
            if let Some(item) = table.get_mut(key) {
                remove_in(item, rest);
            }
            // A table that is empty now was there for what is gone.
            if key == "grants" && table.get(key).and_then(Item::as_table_like).is_some_and(TableLike::is_empty) {
                table.remove(key);
            }
        }
        _ => {}
    }
}

fn remove_in(item: &mut Item, path: &[Segment]) {
    if let (Some(tables), [Segment::Index(index), rest @ ..]) = (item.as_array_of_tables_mut(), path) {
        if let Some(table) = tables.get_mut(*index) {
            remove(table, rest);
        }
    } else if let Some(table) = item.as_table_like_mut() {
        remove(table, path);
    } else if let Some(value) = item.as_value_mut() {
        remove_value(value, path);
    }
}

fn remove_value(value: &mut Value, path: &[Segment]) {
    match (value, path) {
        (Value::Array(array), [Segment::Index(index)]) if *index < array.len() => {
            array.remove(*index);
        }
        (Value::Array(array), [Segment::Index(index), rest @ ..]) => {
            if let Some(element) = array.get_mut(*index) {
                remove_value(element, rest);
            }
        }
        (Value::InlineTable(table), path) => remove(table, path),
        _ => {}
    }
}
