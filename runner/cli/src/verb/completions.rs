use crate::arguments::{Arguments, Global};
use clap::{Args, CommandFactory, ValueEnum};
use infra_session::ExitCode;

/// `infra completions`
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// A shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Bash
    Bash,
    /// Zsh
    Zsh,
    /// fish
    Fish,
    /// Nushell
    Nushell,
    /// PowerShell
    Powershell,
    /// Elvish: verbs and flags alone
    Elvish,
}

impl Completions {
    pub fn call(self, global: &Global) -> ExitCode {
        // They ask `infra complete`, which knows the tasks, the parameters and their values.
        let script = match self.shell {
            Shell::Bash => include_str!("../completions/infra.bash").to_owned(),
            Shell::Zsh => include_str!("../completions/infra.zsh").to_owned(),
            Shell::Fish => include_str!("../completions/infra.fish").to_owned(),
            Shell::Nushell => include_str!("../completions/infra.nu").to_owned(),
            Shell::Powershell => include_str!("../completions/infra.ps1").to_owned(),
            Shell::Elvish => {
                let mut script = Vec::new();
                clap_complete::generate(clap_complete::Shell::Elvish, &mut Arguments::command(), "infra", &mut script);
                String::from_utf8_lossy(&script).into_owned()
            }
        };
        infra_session::write_result(&global.into(), script.trim_end())
    }
}
