use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra build`
#[derive(Args, Debug)]
pub struct Build {
    /// The directories of tasks; else all that the Infrafile names
    pub tasks: Vec<String>,
}

impl Build {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::build(&global.into(), &self.tasks)
    }
}
