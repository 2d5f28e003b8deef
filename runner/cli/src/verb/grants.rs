use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra grants`
#[derive(Args, Debug)]
pub struct Grants {
    /// A task, and parameters
    #[arg(value_name = "TASK|KEY=VALUE")]
    pub words: Vec<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

impl Grants {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::grants(&global.into(), &self.words, self.json)
    }
}
