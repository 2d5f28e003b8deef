use crate::arguments::{Arguments, Global};
use clap::{Args, CommandFactory as _};
use infra_session::ExitCode;

/// `infra man`
#[derive(Args, Debug)]
pub struct Man {
    /// A verb; else the page of infra itself
    pub verb: Option<String>,
}

impl Man {
    pub fn call(self, global: &Global) -> ExitCode {
        let mut root = Arguments::command();
        root.build();
        let command = match &self.verb {
            None => Some(&root),
            Some(verb) => root.find_subcommand(verb),
        };
        let Some(command) = command else {
            return infra_session::usage_error(&global.into(), "there is no such verb", "`infra --help` lists the verbs");
        };
        let mut page = Vec::new();
        if clap_mangen::Man::new(command.clone()).render(&mut page).is_err() {
            return ExitCode::Defect;
        }
        infra_session::write_result(&global.into(), String::from_utf8_lossy(&page).trim_end())
    }
}
