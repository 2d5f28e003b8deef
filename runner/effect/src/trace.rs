use crate::{Effect, PathPattern};

/// All that a step asked of the world, for who must know what its result depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Effects that were admitted.
    pub effects: Vec<Effect>,
    /// Effects that were refused.
    pub refused: Vec<Effect>,
    /// Writes that would have changed nothing: they were allowed, and were not asked for.
    pub unchanged: Vec<Effect>,
    /// Searches: the directory that was admitted for listing, and what was looked for.
    pub searches: Vec<(String, PathPattern)>,
    /// What else its result may depend on, in words: `it asked for the run's id`.
    pub others: Vec<String>,
}
