use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra logs`
#[derive(Args, Debug)]
pub struct Logs {
    /// The run; else the last
    pub run: Option<String>,
    /// Only the lines of this task
    pub task: Option<String>,
}

impl Logs {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::logs(&global.into(), self.run.as_deref(), self.task.as_deref())
    }
}
