use crate::piece::Piece;
use crate::shell::{Part, Word};
use crate::variable::Variables;
use std::collections::BTreeSet;

/// A text with references, as a value of an Infrafile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Value(pub Vec<ValuePart>);

/// A part of such a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ValuePart {
    /// As it is.
    Text(String),
    /// A parameter of the project.
    Param(String),
    /// The variable of a loop around it.
    Loop(String),
    /// What a command line writes.
    Output {
        /// The variable of make.
        name: Option<String>,
        /// The command line.
        command: Vec<Piece>,
    },
}

/// What words are read with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WordScope<'a> {
    pub variables: &'a Variables,
    /// The variables of the loops around.
    pub loops: &'a [String],
    /// Parameters that are asked for before anything else, so that they are never empty.
    pub required: &'a BTreeSet<String>,
}

impl Value {
    pub fn text(text: impl Into<String>) -> Self {
        Self(vec![ValuePart::Text(text.into())])
    }

    /// The text, where there is nothing else in it.
    pub fn literal(&self) -> Option<String> {
        self.0
            .iter()
            .map(|part| match part {
                ValuePart::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The text before the first reference.
    pub fn start(&self) -> &str {
        match self.0.first() {
            Some(ValuePart::Text(text)) => text,
            _ => "",
        }
    }

    pub fn push(&mut self, part: ValuePart) {
        match (self.0.last_mut(), part) {
            (_, ValuePart::Text(text)) if text.is_empty() => {}
            (Some(ValuePart::Text(last)), ValuePart::Text(text)) => last.push_str(&text),
            (_, part) => self.0.push(part),
        }
    }
}

impl WordScope<'_> {
    /// The word as one argument, or none where only a shell can tell what it comes to.
    pub fn value(&self, word: &Word) -> Option<Value> {
        let mut value = Value::default();
        let alone = word.parts.len() == 1;
        for part in &word.parts {
            value.push(match part {
                Part::Text(text) => ValuePart::Text(text.clone()),
                Part::Param { name, quoted } if *quoted || self.is_one_word(name, alone) => ValuePart::Param(name.clone()),
                Part::Variable { name, .. } if self.loops.contains(name) => ValuePart::Loop(name.clone()),
                Part::Output { name, command } => ValuePart::Output { name: name.clone(), command: command.clone() },
                _ => return None,
            });
        }
        Some(value)
    }

    /// The word that names a program: a parameter there stands for its default.
    pub fn program(&self, word: &Word) -> Option<Value> {
        let mut value = Value::default();
        for part in &word.parts {
            let text = match part {
                Part::Text(text) => text.clone(),
                Part::Param { name, .. } => {
                    let default = self.variables.param(name)?.default.clone();
                    if default.is_empty() || default.contains(char::is_whitespace) {
                        return None;
                    }
                    self.variables.programs.borrow_mut().insert(name.clone());
                    default
                }
                _ => return None,
            };
            value.push(ValuePart::Text(text));
        }
        (!value.start().is_empty()).then_some(value)
    }

    /// Whether a shell would take the parameter for exactly one word. Where it is the whole word, nothing would be no word.
    fn is_one_word(&self, name: &str, alone: bool) -> bool {
        let default = self.variables.param(name).map_or("", |param| param.default.as_str());
        let empty = default.is_empty() && !self.required.contains(name);
        let vanishes = alone && empty;
        !vanishes && !default.contains(char::is_whitespace)
    }
}
