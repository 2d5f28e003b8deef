use super::{source_command, source_file, source_kubernetes, source_vault};
use crate::{State, TaskLog, World};
use infra_effect::{SecretDeclaration, SecretSource};
use infra_event::{ErrorCode, Invocation, LogStream, TaskError};
use infra_gate::StepGate;
use std::sync::Arc;

/// More than this is no secret.
pub(super) const LARGEST: usize = 1 << 20;

/// A text of fewer bytes is not masked.
const SHORT: usize = 4;

/// Exchanges handles for one attempt of a step.
#[derive(Clone, Debug)]
pub(crate) struct Exchanger {
    pub(super) world: Arc<World>,
    pub(super) gate: Arc<StepGate>,
    pub(super) invocation: Arc<Invocation>,
    log: Arc<TaskLog>,
}

impl State {
    pub(crate) fn exchanger(&self) -> Exchanger {
        Exchanger {
            world: Arc::clone(&self.world),
            gate: Arc::clone(&self.gate),
            invocation: Arc::clone(&self.invocation),
            log: Arc::clone(&self.log),
        }
    }
}

impl Exchanger {
    /// The text of a secret, looked up once in a run. It is masked before anyone has it.
    pub(super) async fn text(&self, index: usize) -> Result<Arc<str>, TaskError> {
        let held = self.world.secrets.get(index).ok_or_else(|| TaskError::new(ErrorCode::DEFECT, "the secret is not known"))?;
        let text = held.text.get_or_try_init(|| self.fetch(&held.declaration)).await?;
        self.gate.gate().masker().add(text);
        Ok(Arc::clone(text))
    }

    async fn fetch(&self, secret: &SecretDeclaration) -> Result<Arc<str>, TaskError> {
        let local = matches!(secret.source, SecretSource::Env(_) | SecretSource::File(_));
        if !local && !self.gate.gate().mode().performs() {
            let message = format!("the secret `{}` ({}) is looked up by a run, not by a plan", secret.name, secret.source);
            return Err(TaskError::new(ErrorCode::UNKNOWN, message));
        }
        let looked_up = match &secret.source {
            SecretSource::Env(name) => self.variable(name),
            SecretSource::File(path) => source_file::read(path, &self.world.paths).await,
            SecretSource::Cmd { argv, grant } => source_command::run(self.clone(), argv.clone(), grant.clone()).await,
            SecretSource::Vault { mount, path, key } => source_vault::read(self, source_vault::Place { mount, path, key }).await,
            SecretSource::Kubernetes { context, namespace, name, key } => {
                let (context, namespace) = (context.clone(), namespace.clone());
                let place = source_kubernetes::Place { context, namespace, name: name.clone(), key: key.clone() };
                source_kubernetes::read(self.clone(), place).await
            }
            SecretSource::Prompt(text) => match self.world.secrets.asker() {
                Some(ask) => ask(text.clone()).await,
                None => Err(TaskError::new(ErrorCode::DENIED, "there is nobody to ask here")
                    .hint("take it from another source: `env:VARIABLE`, `file:PATH`")),
            },
        };
        let text = looked_up.and_then(|text| usable(&text)).map_err(|error| TaskError {
            message: format!(
                "the secret `{}` ({}, {}) cannot be had: {}",
                secret.name, secret.source, secret.place, error.message
            ),
            ..error
        })?;
        if text.len() < SHORT {
            let warning = format!("the secret `{}` has fewer than {SHORT} characters: it is not masked", secret.name);
            self.log.add(LogStream::Warning, &warning);
        }
        Ok(text.into())
    }

    fn variable(&self, name: &str) -> Result<String, TaskError> {
        self.world.programs.environment.get(name).cloned().ok_or_else(|| {
            TaskError::new(ErrorCode::NOT_FOUND, format!("there is no environment variable `{name}`"))
                .hint(format!("set it before `infra` starts: `export {name}=…`"))
        })
    }
}

/// Without the end of its last line; there must be something, and nothing that no sink can take.
fn usable(text: &str) -> Result<String, TaskError> {
    let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    let wrong = |what: &str, hint: &str| Err(TaskError::new(ErrorCode::INVALID, what).hint(hint));
    if text.is_empty() {
        return wrong("it is empty", "put the secret there, or correct where it comes from");
    }
    if text.len() > LARGEST {
        return wrong("it is larger than 1 MiB", "a secret is a password, a token or a key");
    }
    if text.contains('\0') {
        return wrong("it holds a zero byte", "a secret is a text: store it in base64");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_end_of_line_is_no_part_of_a_secret() {
        assert_eq!(usable("a\n").unwrap(), "a");
        assert_eq!(usable("a\r\n").unwrap(), "a");
        assert_eq!(usable(" a \n\n").unwrap(), " a \n");
        for text in ["", "\n", "a\0b"] {
            assert_eq!(usable(text).unwrap_err().code, ErrorCode::INVALID);
        }
    }
}
