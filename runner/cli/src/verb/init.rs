use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra init`
#[derive(Args, Debug)]
pub struct Init {}

impl Init {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::init(&global.into())
    }
}
