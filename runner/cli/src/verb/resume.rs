use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra resume`
#[derive(Args, Debug)]
pub struct Resume {
    /// The run; else the last
    pub run: Option<String>,
    /// Answer every confirmation with yes
    #[arg(short, long, env = "INFRA_YES")]
    pub yes: bool,
    /// Wait for locks that other runs hold
    #[arg(long)]
    pub wait: bool,
}

impl Resume {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::resume(&global.into(), self.run.as_deref(), self.yes, self.wait)
    }
}
