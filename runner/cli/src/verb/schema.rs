use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra schema`
#[derive(Args, Debug)]
pub struct Schema {}

impl Schema {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::schema(&global.into())
    }
}
