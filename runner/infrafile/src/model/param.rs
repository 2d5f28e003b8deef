use crate::Location;
use serde_json::Value as Json;

/// A parameter of the project or of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub kind: ParamKind,
    /// The value where nothing else says one; of the right kind.
    pub default: Option<Json>,
    /// The only values, where there are any; for a list, of its elements.
    pub choices: Vec<Json>,
    /// A regular expression that the whole text must have; for a list, each element.
    pub pattern: Option<String>,
    /// The environment variable that gives the value.
    pub env: Option<String>,
    /// One line for people.
    pub help: Option<String>,
    /// Where it is declared.
    pub at: Location,
}

/// What a parameter's values are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ParamKind {
    /// Text.
    #[default]
    String,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// Texts; written with commas on the command line.
    List,
}

/// Where a parameter's value comes from; the first wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `NAME=VALUE` on the command line.
    CommandLine,
    /// The environment variable that the parameter names.
    Environment(String),
    /// The project's `.env`.
    DotEnv,
    /// A profile.
    Profile(String),
    /// The parameter's own default.
    Default,
}

/// The value of one of the project's parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamValue {
    /// Of the parameter's kind.
    pub value: Json,
    /// Where it comes from.
    pub origin: Origin,
}
