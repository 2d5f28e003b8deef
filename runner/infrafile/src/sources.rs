use std::path::PathBuf;

/// The texts of an Infrafile and its includes.
#[derive(Clone, Debug, Default)]
pub struct Sources(pub Vec<Source>);

/// One text.
#[derive(Clone, Debug)]
pub struct Source {
    /// As people know it: relative to the project's root.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
}
