use crate::arguments::Global;
use clap::Args;
use infra_session::ExitCode;

/// `infra stop`
#[derive(Args, Debug)]
pub struct Stop {
    /// The services and containers, as `infra ps` names them; else all
    pub services: Vec<String>,
}

impl Stop {
    pub fn call(self, global: &Global) -> ExitCode {
        infra_session::stop_services(&global.into(), &self.services)
    }
}
