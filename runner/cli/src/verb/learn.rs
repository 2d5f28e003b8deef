use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra learn`
#[derive(Args, Debug)]
pub struct Learn {
    /// A task, and parameters
    #[arg(value_name = "TASK|KEY=VALUE")]
    pub words: Vec<String>,
    /// Run the task instead of planning it, within the bound that must be given
    #[arg(long, requires = "within")]
    pub run: bool,
    /// What the task may do while it is learned, as in `allow`: files = { read = ["docs/**"] }
    #[arg(long, value_name = "GRANT")]
    pub within: Vec<String>,
    /// Answer every confirmation with yes
    #[arg(short, long, env = "INFRA_YES")]
    pub yes: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

impl Learn {
    pub fn call(self, global: &Global) -> ExitCode {
        let request =
            infra_session::LearnRequest { words: self.words, run: self.run, within: self.within, yes: self.yes, json: self.json };
        infra_session::learn(&global.into(), &request)
    }
}
