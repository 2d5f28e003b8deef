use crate::arguments::{Arguments, Global};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use infra_session::ExitCode;

/// `infra completions`
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

impl Completions {
    pub fn call(self, global: &Global) -> ExitCode {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "infra", &mut script);
        infra_session::write_result(&global.into(), String::from_utf8_lossy(&script).trim_end())
    }
}
