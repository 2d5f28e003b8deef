use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra inspect`
#[derive(Args, Debug)]
pub struct Inspect {
    /// A file, or what `uses` says: std/NAME, ./PATH
    pub component: String,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

impl Inspect {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::inspect(&global.into(), &self.component, self.json)
    }
}
