use crate::arguments::{Arguments, Global};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use infra_session::ExitCode;
use std::io::Write as _;

/// `infra completions`
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

impl Completions {
    pub fn call(self, _: &Global) -> ExitCode {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "infra", &mut script);
        match std::io::stdout().write_all(&script) {
            Ok(()) => ExitCode::Done,
            Err(_) => ExitCode::InputOutput,
        }
    }
}
