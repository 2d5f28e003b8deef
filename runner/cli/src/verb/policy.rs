use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra policy`
#[derive(Args, Debug)]
pub struct Policy {
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

impl Policy {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::policy(&global.into(), self.json)
    }
}
