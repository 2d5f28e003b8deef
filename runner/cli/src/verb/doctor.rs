use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra doctor`
#[derive(Args, Debug)]
pub struct Doctor {
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

impl Doctor {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::doctor(&global.into(), self.json)
    }
}
