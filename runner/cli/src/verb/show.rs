use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra show`
#[derive(Args, Debug)]
pub struct Show {
    /// The run; else the last
    pub run: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

impl Show {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::show(&global.into(), self.run.as_deref(), self.json)
    }
}
