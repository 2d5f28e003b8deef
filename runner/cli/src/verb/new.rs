use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra new`
#[derive(Args, Debug)]
pub struct New {
    /// The name of the task: small letters, digits and dashes
    pub name: String,
    /// The directory that it is made in
    #[arg(long, default_value = "tasks")]
    pub into: String,
}

impl New {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::new_task(&global.into(), &self.name, &self.into)
    }
}
