use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;
use std::path::PathBuf;

/// `infra import`
#[derive(Args, Debug)]
pub struct Import {
    /// The Makefile
    #[arg(value_name = "MAKEFILE", default_value = "Makefile")]
    pub from: PathBuf,
    /// Where the Infrafile goes; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "Infrafile.toml")]
    pub to: PathBuf,
    /// Replace what is there
    #[arg(long)]
    pub force: bool,
}

impl Import {
    pub fn call(self, global: &Global) -> ExitCode {
        let request = infra_session::ImportRequest { from: self.from, to: self.to, force: self.force };
        infra_session::import(&global.into(), &request)
    }
}
