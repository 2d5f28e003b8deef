use crate::condition::Condition;
use crate::piece::Piece;
use crate::word_text::Value;
use std::collections::BTreeSet;

/// What a recipe line is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Tell something; each value is a line.
    Say(Vec<Value>),
    /// One program.
    Run(Run),
    /// Another target.
    Call(Call),
    /// A script, as it is.
    Script(Script),
    /// The same for each of several values.
    Loop {
        /// The variable.
        variable: String,
        /// What it goes through.
        values: Vec<LoopValue>,
        /// What is done with each.
        body: Vec<Action>,
    },
    /// Only where these hold.
    When {
        /// All must hold.
        conditions: Vec<Test>,
        /// What is done then.
        body: Vec<Action>,
    },
    /// A question.
    Confirm {
        /// The word to type.
        word: String,
        /// What is asked.
        prompt: Option<Value>,
    },
    /// A parameter must have a value.
    Require(String),
    /// A path must be there.
    Exists {
        /// The parameter that is the path.
        requires: Option<String>,
        /// The path.
        path: Value,
        /// What is wrong where it is not.
        message: Option<Value>,
    },
    /// A program must be installed.
    Tool(String),
    /// It ends here with a failure.
    Fail(Vec<Value>),
    /// It cannot be carried.
    Broken {
        /// Why.
        reason: String,
        /// How it is written.
        text: String,
    },
}

/// A condition on a parameter, or on the variable of a loop around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Test {
    pub condition: Condition,
    /// The name is that of a loop's variable.
    pub is_loop: bool,
}

/// One program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Run {
    pub env: Vec<(String, Value)>,
    pub words: Vec<Value>,
    pub dir: Option<Value>,
}

/// Another target, with other values of variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub target: String,
    pub with: Vec<(String, Value)>,
}

/// A script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Script {
    pub pieces: Vec<Piece>,
    /// The programs that it starts; none where that is not known.
    pub programs: Option<BTreeSet<String>>,
    /// Whether it writes files or starts what is not known.
    pub writes: bool,
    /// A failure is no failure.
    pub ignored: bool,
}

/// What a loop goes through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LoopValue {
    /// One value.
    One(Value),
    /// The elements of a parameter.
    Elements(String),
}
