use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra history`
#[derive(Args, Debug)]
pub struct History {
    /// How many
    #[arg(short = 'n', long, default_value_t = 20)]
    pub limit: usize,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

impl History {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::history(&global.into(), self.limit, self.json)
    }
}
