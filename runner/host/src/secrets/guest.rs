//! The interface `secrets` of the WIT package.

use crate::State;
use crate::bindings::infra::task::secrets::Host;
use crate::bindings::infra::task::types::Error;
use crate::docker::Exec;
use crate::error_conversion::wit_error;
use crate::process::Running;
use infra_effect::{SecretSink, SinkKind};
use infra_event::{ErrorCode, TaskError};
use wasmtime::component::Resource;

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl Host for State {
    async fn find(&mut self, name: String) -> Answer<String> {
        self.count()?;
        Ok(self.handle_of(&name).map_err(wit_error))
    }

    async fn write_input(&mut self, program: Resource<Running>, text: String) -> Answer<()> {
        self.count()?;
        let to = SecretSink::new(SinkKind::Process, self.table.get(&program)?.program.clone());
        let text = match self.exchanged(&to, &text).await {
            Ok(text) => text,
            Err(error) => return Ok(Err(wit_error(error))),
        };
        Ok(self.table.get_mut(&program)?.write(text.as_bytes()).await.map_err(wit_error))
    }

    async fn write_exec_input(&mut self, command: Resource<Exec>, text: String) -> Answer<()> {
        self.count()?;
        let to = SecretSink::new(SinkKind::Docker, self.table.get(&command)?.image.clone());
        let text = match self.exchanged(&to, &text).await {
            Ok(text) => text,
            Err(error) => return Ok(Err(wit_error(error))),
        };
        Ok(self.table.get_mut(&command)?.write_input(text.as_bytes()).await.map_err(wit_error))
    }

    async fn reveal(&mut self, handle: String) -> Answer<String> {
        self.count()?;
        Ok(self.exchanger().reveal(&handle).await.map_err(wit_error))
    }
}

impl State {
    /// The text with secrets in the place of their handles, where they may go to the place.
    pub(crate) async fn exchanged(&mut self, to: &SecretSink, text: &str) -> Result<String, TaskError> {
        let exchanger = self.exchanger();
        let admitted = exchanger.admit(to, [text.as_bytes()]).await?;
        Ok(exchanger.exchange(admitted).await?.text(text).into_owned())
    }

    fn handle_of(&self, name: &str) -> Result<String, TaskError> {
        let held = self.world.secrets.named(name).ok_or_else(|| {
            TaskError::new(ErrorCode::NOT_FOUND, format!("there is no secret `{name}`"))
                .hint(format!("declare it in the Infrafile's `[secrets]`: `{name} = \"env:VARIABLE\"`"))
        })?;
        // A handle gives nothing by itself. It is told where the secret is granted for any place at all.
        if self.gate.grants().secrets.iter().any(|grant| grant.name.matches(name)) {
            return Ok(held.declaration.handle.as_str().to_owned());
        }
        let line = format!("secrets = [{{ name = {}, to = [\"process:PROGRAM\"] }}]", serde_json::json!(name));
        Err(TaskError::new(ErrorCode::DENIED, format!("the task is granted nothing of the secret `{name}`"))
            .hint(format!("add to the task's `allow`, if it shall: {line}")))
    }
}
