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
        // These ask `infra complete`, which knows the tasks, the parameters and their values; the others know verbs and flags.
        let script = match self.shell {
            Shell::Bash => include_str!("../completions/infra.bash").to_owned(),
            Shell::Zsh => include_str!("../completions/infra.zsh").to_owned(),
            Shell::Fish => include_str!("../completions/infra.fish").to_owned(),
            other => {
                let mut script = Vec::new();
                clap_complete::generate(other, &mut Arguments::command(), "infra", &mut script);
                String::from_utf8_lossy(&script).into_owned()
            }
        };
        infra_session::write_result(&global.into(), script.trim_end())
    }
}
