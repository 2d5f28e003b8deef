use crate::node::{Entry, Node, Table, Value};
use crate::{Diagnostic, Location};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// More parts of one key than anyone writes; the parser itself bounds the nesting of arrays and inline tables.
const LONGEST_KEY: usize = 32;

/// More nesting than anyone writes; what follows walks the tree with a frame for each level.
const DEEPEST: usize = 128;

/// Parses a text to a tree, or to everything that is wrong with its syntax.
pub(crate) fn parse(text: &str, file: usize) -> Result<Table, Vec<Diagnostic>> {
    let place = |span: Range<usize>| Location { file, span };
    if let Some(line) = too_deep(text) {
        return Err(vec![Diagnostic::at(&place(line), "a key has too many parts", "more than 32 dots")]);
    }
    let (document, mut errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let mut reading = Reading { text, file, depth: 0, too_deep: None };
        let table = reading.table(document.get_ref());
        return match reading.too_deep {
            Some(span) => Err(vec![Diagnostic::at(&place(span), "the nesting is too deep", "more than 128 levels")]),
            None => Ok(table),
        };
    }
    let diagnostic = |error: &toml::de::Error| {
        let (what, expected) = error.message().split_once(", expected ").unwrap_or((error.message(), ""));
        let label = if expected.is_empty() { "here".to_owned() } else { format!("expected {expected}") };
        Diagnostic::at(&place(error.span().unwrap_or(text.len()..text.len())), format!("the TOML is wrong: {what}"), label)
    };
    let mut all: Vec<Diagnostic> = Vec::new();
    let mut last_line = None;
    errors.sort_by_key(|error| error.span().map(|span| span.start));
    for error in &errors {
        // The first error of a line is the cause; what follows on it is confusion.
        let line = error.span().and_then(|span| Some(text.get(..span.start)?.matches('\n').count()));
        if line.is_none() || line != last_line {
            all.push(diagnostic(error));
        }
        last_line = line;
    }
    Err(all)
}

struct Reading<'t> {
    text: &'t str,
    file: usize,
    depth: usize,
    too_deep: Option<Range<usize>>,
}

impl Reading<'_> {
    fn place(&self, span: Range<usize>) -> Location {
        Location { file: self.file, span }
    }

    fn table(&mut self, table: &DeTable<'_>) -> Table {
        let mut entries: Vec<Entry> = table
            .iter()
            .map(|(key, value)| Entry { key: key.get_ref().to_string(), key_at: self.place(key.span()), node: self.node(value) })
            .collect();
        entries.sort_by_key(|entry| entry.key_at.span.start);
        Table(entries)
    }

    fn node(&mut self, value: &Spanned<DeValue<'_>>) -> Node {
        let span = value.span();
        if self.depth == DEEPEST {
            self.too_deep = Some(span.clone());
            return Node { value: Value::Boolean(false), at: self.place(span) };
        }
        self.depth += 1;
        let value = match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string(), self.inside(text, span.clone())),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Value::Integer(number),
                // Beyond 64 bits: no key takes it, and arguments get what is nearest.
                Err(_) => Value::Float(number.as_str().parse().unwrap_or(f64::MAX)),
            },
            DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(flag) => Value::Boolean(*flag),
            DeValue::Datetime(date) => Value::Datetime(date.to_string()),
            DeValue::Array(array) => Value::Array(array.iter().map(|value| self.node(value)).collect()),
            DeValue::Table(table) => Value::Table(self.table(table)),
        };
        self.depth -= 1;
        Node { value, at: self.place(span) }
    }

    /// The place of a text between its quotes, where it is written there as it is.
    fn inside(&self, text: &str, span: Range<usize>) -> Location {
        let written = self.text.get(span.clone()).unwrap_or_default();
        let quotes = written.bytes().take_while(|byte| matches!(byte, b'"' | b'\'')).count().clamp(1, 3);
        let break_after = written.get(quotes..).map_or(0, |rest| match rest {
            _ if quotes != 3 => 0,
            rest if rest.starts_with("\r\n") => 2,
            rest => usize::from(rest.starts_with('\n')),
        });
        let start = span.start + quotes + break_after;
        if self.text.get(start..start + text.len()) == Some(text) && start + text.len() + quotes == span.end {
            return self.place(start..start + text.len());
        }
        self.place(span)
    }
}

/// The first line with a key of more parts than the parser can safely be given: it nests without a bound there.
fn too_deep(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let (mut at, mut start, mut dots, mut before) = (0, 0, 0, b' ');
    while let Some(byte) = bytes.get(at).copied() {
        match byte {
            b'"' | b'\'' => {
                let end = end_of_text(bytes, at);
                if let Some(line) = bytes[at..end].iter().rposition(|byte| *byte == b'\n') {
                    (start, dots) = (at + line + 1, 0);
                }
                (at, before) = (end, byte);
                continue;
            }
            b'\n' => (start, dots) = (at + 1, 0),
            b'#' => at += bytes[at + 1..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at - 1),
            // Two dots in a row are no key.
            b'.' if before == b'.' => dots = 0,
            b'.' => dots += 1,
            b',' | b'=' | b'{' => dots = 0,
            _ => {}
        }
        if !matches!(byte, b' ' | b'\t') {
            before = byte;
        }
        if dots > LONGEST_KEY {
            let line = text[start..].lines().next().unwrap_or_default();
            return Some(start..start + line.trim_end().len());
        }
        at += 1;
    }
    None
}

/// Where the text that begins with the quote at `start` ends: behind its last quote, or where it must have ended.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let long = bytes[start..].starts_with(&[quote; 3]);
    let mut at = start + if long { 3 } else { 1 };
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' && (long || bytes.get(at + 1) != Some(&b'\n')) => at += 1,
            b'\n' if !long => return at,
            byte if *byte == quote && !long => return at + 1,
            byte if *byte == quote && bytes[at..].starts_with(&[quote; 3]) => {
                // Up to two more quotes belong to the text.
                let more = bytes[at + 3..].iter().take(2).take_while(|byte| **byte == quote).count();
                return at + 3 + more;
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}
