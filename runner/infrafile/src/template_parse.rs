use crate::{Diagnostic, Format, Location, Part, Reference, ReferenceName, Template, suggest};
use serde_json::Value as Json;

impl Template {
    /// Reads the references of a text. Where `at` is as long as the text, errors point into it; else they point at the whole.
    pub fn parse(text: &str, at: &Location) -> Result<Self, Diagnostic> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut position = 0;
        while let Some(found) = text[position..].find('$') {
            let dollar = position + found;
            literal.push_str(&text[position..dollar]);
            let rest = &text[dollar + 1..];
            if rest.starts_with('$') {
                literal.push('$');
                position = dollar + 2;
            } else if let Some(inner) = rest.strip_prefix('{') {
                let Some(length) = inner.find('}') else {
                    let place = part_of(at, text, dollar, text.len());
                    return Err(Diagnostic::at(&place, "`${` is not closed", "a `}` is missing").help("`$$` stands for a dollar"));
                };
                let end = dollar + 2 + length + 1;
                let reference = reference(&inner[..length], part_of(at, text, dollar, end))?;
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(Part::Reference(reference));
                position = end;
            } else {
                literal.push('$');
                position = dollar + 1;
            }
        }
        literal.push_str(&text[position..]);
        if parts.is_empty() {
            return Ok(Self::Literal(Json::String(literal)));
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(match <[Part; 1]>::try_from(parts) {
            Ok([Part::Reference(reference)]) => Self::Reference(reference),
            Ok(parts) => Self::Text(parts.into()),
            Err(parts) => Self::Text(parts),
        })
    }

    /// Every reference in it, in the order of the text.
    #[must_use]
    pub fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Literal(_) => vec![],
            Self::Reference(reference) => vec![reference],
            Self::Text(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    Part::Reference(reference) => Some(reference),
                    Part::Literal(_) => None,
                })
                .collect(),
            Self::List(list) => list.iter().flat_map(Self::references).collect(),
            Self::Table(table) => table.iter().flat_map(|(_, template)| template.references()).collect(),
        }
    }

    /// Every reference in it, to be changed.
    pub(crate) fn references_mut(&mut self) -> Vec<&mut Reference> {
        match self {
            Self::Literal(_) => vec![],
            Self::Reference(reference) => vec![reference],
            Self::Text(parts) => parts
                .iter_mut()
                .filter_map(|part| match part {
                    Part::Reference(reference) => Some(reference),
                    Part::Literal(_) => None,
                })
                .collect(),
            Self::List(list) => list.iter_mut().flat_map(Self::references_mut).collect(),
            Self::Table(table) => table.iter_mut().flat_map(|(_, template)| template.references_mut()).collect(),
        }
    }
}

fn part_of(at: &Location, text: &str, start: usize, end: usize) -> Location {
    if at.span.len() != text.len() {
        return at.clone();
    }
    Location { file: at.file, span: at.span.start + start..at.span.start + end }
}

/// What stands between the braces.
fn reference(inner: &str, at: Location) -> Result<Reference, Diagnostic> {
    let (path, format) = match inner.rsplit_once(':') {
        Some((path, "csv")) => (path, Some(Format::Csv)),
        Some((path, "json")) => (path, Some(Format::Json)),
        Some((_, word)) if !inner.starts_with("needs.") => {
            let message = format!("`:{word}` is not a way to write a value");
            return Err(Diagnostic::at(&at, message, "`:csv` or `:json`").maybe_help(suggest(word, ["csv", "json"])));
        }
        _ => (inner, None),
    };
    let name = reference_name(path).ok_or_else(|| {
        let message = format!("`${{{inner}}}` is not a reference");
        Diagnostic::at(&at, message, "a name, `matrix.NAME`, `secrets.NAME` or `needs.TASK.FIELD`")
            .help("`$$` stands for a dollar")
    })?;
    Ok(Reference { name, format, at })
}

/// The name of a reference, where it is one.
pub(crate) fn reference_name(path: &str) -> Option<ReferenceName> {
    let segments: Vec<&str> = path.split('.').collect();
    match segments.as_slice() {
        ["needs", task, fields @ ..] => {
            let task_is_name = task.split(':').all(is_name);
            let fields_are_words = fields.iter().all(|field| !field.is_empty() && !field.contains(char::is_whitespace));
            (task_is_name && fields_are_words)
                .then(|| ReferenceName::Needs { task: (*task).into(), fields: fields.iter().map(|f| (*f).into()).collect() })
        }
        ["secrets", name] if is_name(name) => Some(ReferenceName::Secret((*name).into())),
        ["matrix", name] if is_name(name) => Some(ReferenceName::Matrix((*name).into())),
        [name] if is_name(name) => Some(ReferenceName::Param((*name).into())),
        _ => None,
    }
}

/// A name of a parameter, an axis or a task: a letter or `_`, then letters, digits, `_`, `-`.
pub(crate) fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}
