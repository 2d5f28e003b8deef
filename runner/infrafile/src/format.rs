//! The one way in which `infra fmt` writes an Infrafile. Lines stay lines and comments stay comments; blanks, indents and empty lines
//! become the same everywhere, and the `=` of keys that stand together stand under each other.

mod lines;
mod value;

use crate::node::{Node, Table, Value};
use crate::{Diagnostic, Diagnostics, Location, Source, Sources, syntax};
use lines::{Line, lines};
use std::path::Path;
use toml_parser::lexer::TokenKind;

/// The text as `infra fmt` writes it. What it says is the same, and so are its comments.
///
/// # Errors
/// Where the text is no TOML.
pub fn format(path: &Path, text: &str) -> Result<String, Diagnostics> {
    let wrong = |all: Vec<Diagnostic>| {
        let source = Source { path: path.to_owned(), text: text.to_owned() };
        Diagnostics { all, sources: Sources(vec![source]), usage: false }
    };
    let before = syntax::parse(text, 0).map_err(wrong)?;
    let formatted = written(&spaced(lines(text)));
    let same = syntax::parse(&formatted, 0).is_ok_and(|after| json(after) == json(before));
    if !same || comments(text) != comments(&formatted) {
        let problem = Diagnostic::new(format!("{} cannot be formatted without changing what it says", path.display()));
        return Err(wrong(vec![problem.help("this is a defect of infra: please report it, with the file")]));
    }
    Ok(formatted)
}

fn json(table: Table) -> serde_json::Value {
    Node { value: Value::Table(table), at: Location::default() }.json()
}

fn comments(text: &str) -> Vec<&str> {
    let tokens = toml_parser::Source::new(text).lex().into_vec();
    let comments = tokens.iter().filter(|token| token.kind() == TokenKind::Comment);
    comments.map(|token| text[token.span().start()..token.span().end()].trim_end()).collect()
}

/// The lines with one empty line where there are several, one before each header and its comments, and none behind a header.
fn spaced(lines: Vec<Line>) -> Vec<Line> {
    let mut all: Vec<Line> = Vec::with_capacity(lines.len());
    for line in lines {
        match (&line, all.last()) {
            (Line::Blank, None | Some(Line::Blank)) => continue,
            (Line::Entry { .. }, Some(Line::Blank)) if matches!(all.iter().rev().nth(1), Some(Line::Header(..))) => {
                all.pop();
            }
            (Line::Header(..), Some(_)) => {
                let comments = all.iter().rev().take_while(|line| matches!(line, Line::Comment(_))).count();
                let start = all.len() - comments;
                if start > 0 && all[start - 1] != Line::Blank {
                    all.insert(start, Line::Blank);
                }
            }
            _ => {}
        }
        all.push(line);
    }
    while all.last() == Some(&Line::Blank) {
        all.pop();
    }
    all
}

/// The text of the lines.
fn written(lines: &[Line]) -> String {
    let mut text = String::new();
    for block in lines.split_inclusive(|line| matches!(line, Line::Blank | Line::Header(..))) {
        let width = block.iter().map(Line::key_width).max().unwrap_or(0);
        for line in block {
            match line {
                Line::Blank => {}
                Line::Comment(comment) => text.push_str(comment),
                Line::Header(header, comment) => {
                    text.push_str(header);
                    text.push_str(comment);
                }
                Line::Entry { key, value, comment } => {
                    text.push_str(key);
                    text.extend(std::iter::repeat_n(' ', width - line.key_width()));
                    text.push_str(" = ");
                    text.push_str(value);
                    text.push_str(comment);
                }
            }
            text.push('\n');
        }
    }
    text
}
