use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;
use std::path::PathBuf;

/// `infra report`
#[derive(Args, Debug)]
pub struct Report {
    /// The run; else the last
    pub run: Option<String>,
    /// Where the page goes; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub html: PathBuf,
}

impl Report {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::report(&global.into(), self.run.as_deref(), &self.html)
    }
}
