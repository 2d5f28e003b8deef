/// Why a Makefile cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The text is not that of a Makefile.
    #[error("line {line} is not understood: {message}")]
    Syntax {
        /// From 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// There is nothing to carry.
    #[error("the Makefile has no targets")]
    NoTargets,
}
