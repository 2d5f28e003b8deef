//! YAML as kubectl reads it, as JSON. The runner and the standard tasks read manifests with it.

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::{Map, Number, Value};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

/// The values that a text may hold, with what its aliases stand for. Small texts can stand for much.
const MOST_VALUES: usize = 1_000_000;
/// How deep values may lie within each other.
const DEEPEST: usize = 100;

/// One document of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The line where it begins, from 1.
    pub line: usize,
    /// What it says.
    pub value: Value,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// The line, from 1.
    pub line: usize,
    /// One sentence.
    pub message: String,
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for YamlError {}

/// The documents of a YAML or JSON text, as kubectl reads them: plain words are those of YAML 1.1. Empty documents are left out.
///
/// # Errors
/// With the line of what is wrong.
pub fn documents(text: &str) -> Result<Vec<Document>, YamlError> {
    if text.trim_start().starts_with('{') {
        let parsed: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(text).into_iter().collect();
        if let Ok(values) = parsed {
            return Ok(values.into_iter().map(|value| Document { line: 1, value }).collect());
        }
    }
    let mut loader = Loader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| wrong(error.marker().line(), error.info()))?;
        loader.take(event, span)?;
    }
    Ok(loader.documents)
}

fn wrong(line: usize, what: &str) -> YamlError {
    YamlError { line, message: what.to_owned() }
}

#[derive(Default)]
struct Loader {
    documents: Vec<Document>,
    stack: Vec<Frame>,
    /// What anchors stand for, and how many values that is.
    anchors: HashMap<usize, (Value, usize)>,
    values: usize,
}

struct Frame {
    anchor: usize,
    /// Values that were read before this one.
    before: usize,
    line: usize,
    kind: FrameKind,
}

enum FrameKind {
    List(Vec<Value>),
    Map { entries: Map<String, Value>, key: Option<String>, merges: Vec<Value> },
}

impl Loader {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlError> {
        let line = span.start.line();
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style, tag.as_deref());
                self.count(1, line)?;
                self.anchor(anchor, &value, 1);
                // A key is text, whatever word it is.
                let key = match &value {
                    Value::String(text) => text.clone(),
                    Value::Null if text.is_empty() => String::new(),
                    _ => text.into_owned(),
                };
                self.put(value, Some(key), line)
            }
            Event::Alias(anchor) => {
                let Some((value, size)) = self.anchors.get(&anchor).cloned() else {
                    return Err(wrong(line, "an alias stands for itself, or for nothing"));
                };
                self.count(size, line)?;
                let key = value.as_str().map(str::to_owned);
                self.put(value, key, line)
            }
            Event::SequenceStart(anchor, _) => self.open(anchor, line, FrameKind::List(vec![])),
            Event::MappingStart(anchor, _) => {
                self.open(anchor, line, FrameKind::Map { entries: Map::new(), key: None, merges: vec![] })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(frame) = self.stack.pop() else { return Ok(()) };
                let value = match frame.kind {
                    FrameKind::List(items) => Value::Array(items),
                    FrameKind::Map { entries, merges, .. } => merged(entries, merges, frame.line)?,
                };
                self.anchor(frame.anchor, &value, self.values - frame.before);
                self.put(value, None, frame.line)
            }
            Event::DocumentStart(_) => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, anchor: usize, line: usize, kind: FrameKind) -> Result<(), YamlError> {
        if self.stack.len() >= DEEPEST {
            return Err(wrong(line, "values lie too deep within each other"));
        }
        self.stack.push(Frame { anchor, before: self.values, line, kind });
        self.count(1, line)
    }

    fn count(&mut self, more: usize, line: usize) -> Result<(), YamlError> {
        self.values += more;
        if self.values > MOST_VALUES { Err(wrong(line, "the text stands for too many values")) } else { Ok(()) }
    }

    fn anchor(&mut self, anchor: usize, value: &Value, size: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, (value.clone(), size));
        }
    }

    /// Puts a value where it belongs; `as_key` is what it is as a key.
    fn put(&mut self, value: Value, as_key: Option<String>, line: usize) -> Result<(), YamlError> {
        let Some(frame) = self.stack.last_mut() else {
            if !value.is_null() {
                self.documents.push(Document { line, value });
            }
            return Ok(());
        };
        match &mut frame.kind {
            FrameKind::List(items) => items.push(value),
            FrameKind::Map { entries, key, merges } => match key.take() {
                None => *key = Some(as_key.ok_or_else(|| wrong(line, "a key must be text"))?),
                Some(name) if name == "<<" => merges.push(value),
                Some(name) => {
                    if entries.contains_key(&name) {
                        return Err(wrong(line, &format!("the key `{name}` stands here twice")));
                    }
                    entries.insert(name, value);
                }
            },
        }
        Ok(())
    }
}

/// Carries out `<<`: what the map itself does not have, the first of several first.
fn merged(mut entries: Map<String, Value>, merges: Vec<Value>, line: usize) -> Result<Value, YamlError> {
    for merge in merges {
        let sources = match merge {
            Value::Array(items) => items,
            other => vec![other],
        };
        for source in sources {
            let Value::Object(found) = source else { return Err(wrong(line, "`<<` needs a map, or a list of maps")) };
            for (key, value) in found {
                entries.entry(key).or_insert(value);
            }
        }
    }
    Ok(Value::Object(entries))
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let text_value = || Value::String(text.to_owned());
    let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
    if core == Some("str") || !matches!(style, ScalarStyle::Plain) {
        return text_value();
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Bool(false),
        _ => number(text).map_or_else(text_value, Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    let plain: Cow<'_, str> = if text.contains('_') { text.replace('_', "").into() } else { text.into() };
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    let based = |prefix: &str, radix| digits.strip_prefix(prefix).map(|rest| i128::from_str_radix(rest, radix));
    let whole = match based("0x", 16).or_else(|| based("0o", 8)).or_else(|| based("0b", 2)) {
        Some(whole) => Some(whole.ok()?),
        // A leading zero makes it octal, as in `defaultMode: 0644`.
        None if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            i128::from_str_radix(digits, 8).ok()
        }
        None => digits.parse().ok(),
    };
    if let Some(whole) = whole {
        return Number::from_i128(if negative { -whole } else { whole });
    }
    let decimal = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    let value: f64 = digits.parse().ok().filter(|value: &f64| decimal && value.is_finite())?;
    let value = if negative { -value } else { value };
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
    if value.fract() == 0.0 && value.abs() < 9e15 && !digits.contains('.') {
        return Some(Number::from(value as i64));
    }
    Number::from_f64(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values(text: &str) -> Vec<Value> {
        documents(text).unwrap().into_iter().map(|document| document.value).collect()
    }

    #[test]
    fn words_are_what_kubectl_takes_them_for() {
        let text = "a: 0644\nb: 0x10\nc: yes\nd: \"yes\"\ne: 1.5\nf: 1e3\ng: 2026-01-31\nh: ~\ni: 100m\nj: 08\nk: -1\nl: 1_000\nm: .inf\nn: !!str 5\n";
        let expected = json!({
            "a": 420, "b": 16, "c": true, "d": "yes", "e": 1.5, "f": 1000, "g": "2026-01-31", "h": null, "i": "100m", "j": 8,
            "k": -1, "l": 1000, "m": ".inf", "n": "5",
        });
        assert_eq!(values(text), [expected]);
    }

    #[test]
    fn documents_are_told_apart_and_know_their_lines() {
        let found = documents("# only a comment\n---\na: 1\n---\n---\n\nb: 2\n...\n").unwrap();
        assert_eq!(found.iter().map(|document| document.line).collect::<Vec<_>>(), [3, 7]);
        assert_eq!(values("{\"a\": 1}\n{\"b\": 2}\n"), [json!({ "a": 1 }), json!({ "b": 2 })]);
        assert_eq!(values("{a: 1}\n---\n{b: 2}"), [json!({ "a": 1 }), json!({ "b": 2 })]);
        assert!(values("").is_empty());
    }

    #[test]
    fn anchors_and_merge_keys_are_carried_out() {
        let text = "x: &x { a: 1, b: 2 }\ny:\n  <<: *x\n  a: 0\nz: [*x, &t on, *t]\ntrue: 1\n1: 2\n";
        let expected =
            json!({ "x": { "a": 1, "b": 2 }, "y": { "a": 0, "b": 2 }, "z": [{ "a": 1, "b": 2 }, true, true], "true": 1, "1": 2 });
        assert_eq!(values(text), [expected]);
    }

    #[test]
    fn what_is_wrong_names_its_line() {
        let message = |text: &str| documents(text).unwrap_err().to_string();
        assert!(message("a: 1\nb: [1\n").starts_with("line "));
        assert_eq!(message("a: 1\nb: 2\na: 3\n"), "line 3: the key `a` stands here twice");
        assert_eq!(message("a: { <<: 1 }"), "line 1: `<<` needs a map, or a list of maps");
        assert!(message(&"[".repeat(200)).contains("too deep"));
    }

    #[test]
    fn a_small_text_does_not_stand_for_much() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let before = format!("*a{}, ", level - 1).repeat(10);
            text.push_str(&format!("a{level}: &a{level} [{before}]\n"));
        }
        assert!(documents(&text).unwrap_err().message.contains("too many values"));
    }
}
