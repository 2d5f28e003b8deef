use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra diff`
#[derive(Args, Debug)]
pub struct Diff {
    /// A run
    pub left: String,
    /// The run to compare it with; else the last
    #[arg(default_value = "last")]
    pub right: String,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

impl Diff {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::diff(&global.into(), &self.left, &self.right, self.json)
    }
}
