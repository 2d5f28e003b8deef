use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra check`
#[derive(Args, Debug)]
pub struct Check {}

impl Check {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::check(&global.into())
    }
}
