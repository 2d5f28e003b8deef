use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra list`
#[derive(Args, Debug)]
pub struct List {
    /// Private tasks too
    #[arg(short, long)]
    pub all: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

impl List {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::list(&global.into(), self.all, self.json)
    }
}

/// `infra` alone.
pub fn welcome(global: &Global) -> ExitCode {
    infra_session::welcome(&global.into())
}
