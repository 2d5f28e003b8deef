use crate::arguments::Global;
use clap::{Args, ValueEnum};
use infra_session::{ExitCode, GraphFormat};

/// `infra graph`
#[derive(Args, Debug)]
pub struct Graph {
    /// Tasks and parameters; without a task, all of them
    #[arg(value_name = "TASK|KEY=VALUE")]
    pub words: Vec<String>,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
}

/// How to show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// An indented tree
    Text,
    /// For Graphviz
    Dot,
    /// For Mermaid
    Mermaid,
    /// Tasks and links
    Json,
    /// One page that needs nothing else
    Html,
}

impl Graph {
    pub fn call(self, global: &Global) -> ExitCode {
        let format = match self.format {
            Format::Text => GraphFormat::Text,
            Format::Dot => GraphFormat::Dot,
            Format::Mermaid => GraphFormat::Mermaid,
            Format::Json => GraphFormat::Json,
            Format::Html => GraphFormat::Html,
        };
        infra_session::graph(&global.into(), &self.words, format)
    }
}
