//! Secrets in the environment of programs.

use super::environment;
use crate::State;
use crate::bindings::infra::task::process::Command;
use crate::secrets::{Admitted, Veil};
use infra_effect::{SecretSink, SinkKind};
use infra_event::{ErrorCode, TaskError};
use std::path::Path;

/// What a program gets from its task.
pub(super) struct Given {
    /// Variables of its environment; later ones win.
    pub(super) variables: Vec<(String, String)>,
    pub(super) veil: Option<Veil>,
}

impl State {
    /// Asks whether the program may have the secrets in its environment. None may be in its arguments.
    pub(super) async fn admit_program_secrets(&mut self, command: &Command) -> Result<Admitted, TaskError> {
        let shown = command.args.iter().chain([&command.program]);
        if shown.into_iter().any(|word| !self.world.secrets.found_in(word.as_bytes()).is_empty()) {
            let message =
                format!("an argument of `{}` holds a secret, and every program of the machine sees arguments", command.program);
            return Err(TaskError::new(ErrorCode::DENIED, message)
                .hint("give it as a variable of the environment, or through the standard input"));
        }
        let to = SecretSink::new(SinkKind::Process, command.program.clone());
        let values = self.invocation.env.values().chain(command.env.iter().map(|(_, value)| value));
        self.exchanger().admit(&to, values.map(String::as_bytes)).await
    }

    /// The variables with secrets in the place of their handles; harmless also with them.
    pub(super) async fn program_environment(
        &mut self,
        command: &Command,
        dir: &Path,
        secrets: Admitted,
    ) -> Result<Given, TaskError> {
        let task = self.invocation.env.iter().map(|(name, value)| (name.clone(), value.clone()));
        let mut variables: Vec<(String, String)> = task.chain(command.env.iter().cloned()).collect();
        if secrets.is_empty() {
            return Ok(Given { variables, veil: None });
        }
        let exchange = self.exchanger().exchange(secrets).await?;
        for (_, value) in &mut variables {
            *value = exchange.text(value).into_owned();
        }
        environment::check(variables.iter().map(|(name, value)| (name, value)), dir, command.interactive)?;
        Ok(Given { variables, veil: exchange.veil().as_ref().map(Veil::new) })
    }
}
