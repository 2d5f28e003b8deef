use serde::{Deserialize, Serialize};

/// A program that is started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessEffect {
    /// The program as it was named: a name that is looked up in `PATH`, or a path relative to the project.
    pub program: String,
    /// Its arguments, without the program itself.
    pub args: Vec<String>,
    /// The directory that it starts in, relative to the project's root.
    pub dir: String,
    /// The names of the environment variables that it gets.
    pub env: Vec<String>,
    /// Whether it gets the terminal.
    pub interactive: bool,
    /// Its grant starts it without confinement. The gate sets it when it admits the program.
    #[serde(default)]
    pub unconfined: bool,
}

impl ProcessEffect {
    /// The command as a person would type it; arguments with special characters are quoted for `sh`.
    #[must_use]
    pub fn command_line(&self) -> String {
        std::iter::once(&self.program).chain(&self.args).map(|word| quote(word)).collect::<Vec<_>>().join(" ")
    }
}

fn quote(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:=,@%+".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
