use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra ps`
#[derive(Args, Debug)]
pub struct Ps {
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

impl Ps {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::services(&global.into(), self.json)
    }
}
