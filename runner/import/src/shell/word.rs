use crate::piece::Piece;

/// A word of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word {
    pub parts: Vec<Part>,
    /// Whether any of it stands in quotes.
    pub quoted: bool,
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// As the program gets it.
    Text(String),
    /// The value of a parameter; the shell splits it where it is not in quotes.
    Param {
        /// The parameter.
        name: String,
        /// In quotes.
        quoted: bool,
    },
    /// The elements of a parameter.
    Split(String),
    /// `$name`
    Variable {
        /// The variable.
        name: String,
        /// In quotes.
        quoted: bool,
    },
    /// What make takes from a command line.
    Output {
        /// The variable of make that it is the value of.
        name: Option<String>,
        /// The command line.
        command: Vec<Piece>,
    },
    /// `$(MAKE)`
    Make,
    /// The directory of the Makefile.
    Root,
    /// What only a shell computes: a pattern of files, `$(…)`, `~`.
    Shell(String),
}

impl Word {
    /// The text, where the word is nothing else.
    pub fn text(&self) -> Option<String> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Whether it is this text, without quotes.
    pub fn is(&self, text: &str) -> bool {
        !self.quoted && self.text().as_deref() == Some(text)
    }

    /// The parameter that is the whole word.
    pub fn param(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Param { name, .. }] => Some(name),
            _ => None,
        }
    }

    /// The shell variable that is the whole word.
    pub fn variable(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Variable { name, .. }] => Some(name),
            _ => None,
        }
    }

    pub fn push(&mut self, part: Part) {
        match (self.parts.last_mut(), part) {
            (Some(Part::Text(last)), Part::Text(text)) => last.push_str(&text),
            (_, part) => self.parts.push(part),
        }
    }
}
