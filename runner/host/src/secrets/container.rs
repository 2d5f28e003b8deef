//! Secrets in the environment of containers, and of commands in them.

use super::Veil;
use crate::State;
use crate::docker::{ExecRequest, StepDocker};
use infra_effect::{SecretSink, SinkKind, familiar_image_name};
use infra_event::{ErrorCode, SecretHandle, TaskError};
use serde_json::Value as Json;

impl State {
    /// The body of a new container with secrets in its environment. In a plan the handles stay.
    pub(crate) async fn container_secrets(&mut self, body: String) -> Result<String, TaskError> {
        if self.world.secrets.found_in(body.as_bytes()).is_empty() {
            return Ok(body);
        }
        // What is no body is refused where all bodies are looked at.
        let Ok(mut json) = serde_json::from_str::<Json>(&body) else { return Ok(body) };
        let mut env = json.get_mut("Env").map(Json::take);
        if SecretHandle::is_in(json.to_string().as_bytes()) {
            return Err(elsewhere("the body of a container holds a secret outside of its environment"));
        }
        let image = familiar_image_name(json.get("Image").and_then(Json::as_str).unwrap_or_default());
        let to = SecretSink::new(SinkKind::Docker, image);
        let variables: Vec<&mut Json> = env.as_mut().and_then(Json::as_array_mut).into_iter().flatten().collect();
        let exchanger = self.exchanger();
        let admitted = exchanger.admit(&to, variables.iter().filter_map(|text| Some(text.as_str()?.as_bytes()))).await?;
        if !self.gate.gate().mode().performs() {
            admitted.set_aside();
            return Ok(body);
        }
        let exchange = exchanger.exchange(admitted).await?;
        for variable in variables {
            if let Json::String(text) = variable {
                *text = exchange.text(text).into_owned();
            }
        }
        json["Env"] = env.unwrap_or_default();
        Ok(json.to_string())
    }

    /// The environment of a command with secrets in it, and what keeps them from coming back to the task.
    pub(crate) async fn exec_secrets(
        &mut self,
        docker: &StepDocker,
        name: &str,
        request: &mut ExecRequest,
    ) -> Result<Option<Veil>, TaskError> {
        let secrets = &self.world.secrets;
        if request.args.iter().any(|arg| !secrets.found_in(arg.as_bytes()).is_empty()) {
            return Err(elsewhere(
                "an argument of a command in a container holds a secret, and whoever sees the container sees it",
            ));
        }
        if request.env.iter().all(|(_, value)| secrets.found_in(value.as_bytes()).is_empty()) {
            return Ok(None);
        }
        let to = SecretSink::new(SinkKind::Docker, docker.image_of(name).await?);
        let exchanger = self.exchanger();
        let admitted = exchanger.admit(&to, request.env.iter().map(|(_, value)| value.as_bytes())).await?;
        if !self.gate.gate().mode().performs() {
            admitted.set_aside();
            return Ok(None);
        }
        let exchange = exchanger.exchange(admitted).await?;
        for (_, value) in &mut request.env {
            *value = exchange.text(value).into_owned();
        }
        Ok(exchange.veil().as_ref().map(Veil::new))
    }

    /// What the daemon tells of a container, without the secrets that this run knows in its environment.
    pub(crate) fn without_secrets(&self, mut container: Json) -> Json {
        if let Some(env) = container.pointer_mut("/Config/Env") {
            *env = self.gate.gate().masker().mask_json(env.take());
        }
        container
    }
}

fn elsewhere(message: &str) -> TaskError {
    TaskError::new(ErrorCode::DENIED, message).hint("give it as a variable of the environment, or through the standard input")
}
