use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra explain`
#[derive(Args, Debug)]
pub struct Explain {
    /// A task, and parameters
    #[arg(value_name = "TASK|KEY=VALUE")]
    pub words: Vec<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

impl Explain {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::explain(&global.into(), &self.words, self.json)
    }
}
