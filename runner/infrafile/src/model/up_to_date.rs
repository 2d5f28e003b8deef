use crate::{Location, Template};

/// What a task is made from, and what it makes: by these it is seen to be up to date.
#[derive(Clone, Debug, PartialEq)]
pub struct UpToDate {
    /// Patterns of the files that it is made from.
    pub inputs: Vec<Template>,
    /// Patterns of the files that it makes.
    pub outputs: Vec<Template>,
    /// Whether what it made is kept and brought back.
    pub cache: bool,
    /// Where the first of these keys is written.
    pub at: Location,
}
