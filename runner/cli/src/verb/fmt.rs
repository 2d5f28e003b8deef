use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;
use std::path::PathBuf;

/// `infra fmt`
#[derive(Args, Debug)]
pub struct Fmt {
    /// The files; else the Infrafile and what it includes. `-` is standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write nothing, and fail where a file would change
    #[arg(long)]
    pub check: bool,
}

impl Fmt {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::format(&global.into(), &infra_session::FormatRequest { files: self.files, check: self.check })
    }
}
