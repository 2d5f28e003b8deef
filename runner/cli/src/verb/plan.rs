use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra plan`
#[derive(Args, Debug)]
pub struct Plan {
    /// Tasks and parameters, in any order
    #[arg(value_name = "TASK|KEY=VALUE")]
    pub words: Vec<String>,
    /// End with 2 where something would change
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Write the plan as JSON
    #[arg(long)]
    pub json: bool,
}

impl Plan {
    pub fn call(self, global: &Global) -> ExitCode {
        let request =
            infra_session::PlanRequest { words: self.words, detailed_exitcode: self.detailed_exitcode, json: self.json };
        infra_session::plan(&global.into(), &request)
    }
}
