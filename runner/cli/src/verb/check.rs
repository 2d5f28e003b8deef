use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra check`
#[derive(Args, Debug)]
pub struct Check {
    /// Take away what is never used and what stands twice
    #[arg(long)]
    pub fix: bool,
    /// Fail where there are warnings
    #[arg(long)]
    pub strict: bool,
}

impl Check {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::check(&global.into(), &infra_session::CheckRequest { fix: self.fix, strict: self.strict })
    }
}
