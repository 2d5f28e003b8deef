use crate::arguments::Global;
use clap::Args;
use infra_session::{ExitCode, LogsRequest};

/// `infra logs`
#[derive(Args, Debug)]
pub struct Logs {
    /// The run, or a task; else the last run
    pub run: Option<String>,
    /// Only the lines of this task
    pub task: Option<String>,
    /// Go on until the run has ended; also -f behind the verb
    #[arg(long)]
    pub follow: bool,
}

impl Logs {
    pub fn call(self, global: &Global) -> ExitCode {
        let request = LogsRequest { run: self.run, task: self.task, follow: self.follow };
        infra_session::logs(&global.into(), &request)
    }
}
