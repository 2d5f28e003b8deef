use super::Word;

/// A command, and what joins it to the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub node: Node,
    pub next: Next,
}

/// What joins two commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The last one.
    End,
    /// `;`, or the end of a line.
    Then,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Pipe,
    /// `&`
    Background,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// One program with its words.
    Simple(Simple),
    /// `{ …; }` or `( … )`
    Group(Vec<Item>),
    /// `for NAME in WORD…; do …; done`
    For {
        /// The variable.
        variable: String,
        /// What it goes through.
        values: Vec<Word>,
        /// What is done with each.
        body: Vec<Item>,
    },
    /// `if …; then …; elif …; else …; fi`
    If {
        /// Each condition with what is done then.
        arms: Vec<Arm>,
        /// What is done else.
        otherwise: Option<Vec<Item>>,
    },
}

/// A condition and what is done where it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arm {
    pub condition: Vec<Item>,
    pub body: Vec<Item>,
}

/// One program with its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Simple {
    /// `!`
    pub negated: bool,
    /// `NAME=VALUE` in front.
    pub assignments: Vec<(String, Word)>,
    pub words: Vec<Word>,
    pub redirects: Vec<Redirect>,
}

/// `> FILE`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redirect {
    /// With its number: `2>`.
    pub operator: String,
    pub target: Word,
}

impl Simple {
    /// The program, where it is plain text.
    pub fn program(&self) -> Option<String> {
        self.words.first().and_then(Word::text)
    }

    /// Whether it is nothing but this command.
    pub fn is(&self, program: &str) -> bool {
        self.assignments.is_empty() && self.words.first().is_some_and(|word| word.is(program))
    }
}
