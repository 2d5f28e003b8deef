use super::Lint;
use super::texts::{Text, texts};
use crate::Diagnostic;
use crate::node::Table;
use regex::Regex;
use std::ops::Range;

const HELP: &str = "declare it in `[secrets]` as `NAME = \"env:NAME\"`, and write `${secrets.NAME}`";

/// What the keys and variables of secrets end with.
const NAMED: &str =
    "password|passwd|passphrase|secret|token|api[_-]?key|secret[_-]?(?:access[_-]?)?key|private[_-]?key|credentials?";

/// What secrets look like, wherever they stand.
const SHAPES: [&str; 7] = [
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    r"\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_[A-Za-z0-9_]{30,}\b",
    r"\bglpat-[A-Za-z0-9_-]{20,}",
    r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    // The password of an address.
    r"\b[a-z][a-z0-9+.-]*://[^/\s:@$]+:(?P<secret>[^/\s:@$]+)@",
];

/// Secrets that stand in the file as they are.
pub(super) fn plain(tree: &Table) -> Vec<Lint> {
    let Ok(patterns) = patterns() else { return vec![] };
    let mut all = Vec::new();
    for text in texts(tree) {
        for (found, what) in found(&text, &patterns) {
            let message = format!("{what} stands in the file as it is");
            let problem = Diagnostic::at(&text.place(found), message, "readable for all").help(HELP);
            all.push(Lint { hidden: true, ..Lint::new("plain-secret", problem) });
        }
    }
    all
}

struct Patterns {
    key: Regex,
    word: Regex,
    shapes: Vec<Regex>,
}

fn patterns() -> Result<Patterns, regex::Error> {
    Ok(Patterns {
        key: Regex::new(&format!("(?i)(?:{NAMED})$"))?,
        // `--password=x` and `export TOKEN=x`.
        word: Regex::new(&format!(r#"(?i)(?:^|[\s;])(?:--?)?[a-z_-]*(?:{NAMED})=["']?(?P<secret>[^\s"'$;]+)"#))?,
        shapes: SHAPES.iter().map(|shape| Regex::new(shape)).collect::<Result<_, _>>()?,
    })
}

/// Where a text holds secrets, and what names each.
fn found(text: &Text<'_>, patterns: &Patterns) -> Vec<(Range<usize>, String)> {
    if patterns.key.is_match(text.key) && is_value(text.text) {
        return vec![(0..text.text.len(), format!("the value of `{}`", text.key))];
    }
    let mut all: Vec<(Range<usize>, String)> = Vec::new();
    let mut add = |range: Range<usize>, what: &str| {
        if all.iter().all(|(known, _)| known.end <= range.start || range.end <= known.start) {
            all.push((range, what.to_owned()));
        }
    };
    for captures in patterns.shapes.iter().flat_map(|shape| shape.captures_iter(text.text)) {
        if let Some(found) = captures.name("secret").or_else(|| captures.get(0)) {
            add(found.range(), "what looks like a secret");
        }
    }
    for captures in patterns.word.captures_iter(text.text) {
        if let Some(found) = captures.name("secret").filter(|found| is_value(found.as_str())) {
            add(found.range(), "a secret");
        }
    }
    all
}

/// Whether a text can be a secret itself, not the way to one.
fn is_value(text: &str) -> bool {
    let leads = ["/", "./", "~/", "secret://", "env:", "file:", "vault:"].iter().any(|lead| text.starts_with(lead));
    text.len() > 3 && !text.contains("${") && !leads && !text.contains(char::is_whitespace)
}
