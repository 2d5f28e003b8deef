//! The interface `docker` of the WIT package: counts the call, and leaves the rest to [`StepDocker`].

use super::{
    BuildRequest, Condition, ContainerWait, Exec, ExecRequest, ImageBuild, ImagePull, LogRequest, LogStream, PortHolder,
    ScratchContainer, StepDocker,
};
use crate::State;
use crate::bindings::infra::task::docker::{self as wit, Host};
use crate::bindings::infra::task::types::Error;
use crate::error_conversion::wit_error;
use infra_event::{ErrorCode, TaskError};
use std::sync::Arc;
use std::time::Duration;
use wasmtime::component::Resource;

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl State {
    /// Counts the call; the daemon as this step may use it.
    pub(crate) fn step_docker(&mut self) -> wasmtime::Result<StepDocker> {
        self.count()?;
        Ok(StepDocker {
            host: Arc::clone(self.docker()),
            gate: Arc::clone(self.gate()),
            project: self.project().to_owned(),
            run: self.run().clone(),
            paths: Arc::clone(self.paths()),
        })
    }

    pub(crate) fn json_answer(&self, value: Option<serde_json::Value>) -> Result<Option<String>, Error> {
        let text = value.map(|value| value.to_string());
        match &text {
            Some(text) if text.len() > self.message_limit() => {
                let message = format!("the answer has {} bytes, more than the limit `message` allows", text.len());
                Err(wit_error(TaskError::new(ErrorCode::LIMIT, message).hint("set `limits = { message = … }` for the task")))
            }
            _ => Ok(text),
        }
    }

    pub(crate) fn handle<T: Send + 'static>(&mut self, operation: Result<T, TaskError>) -> Answer<Resource<T>> {
        Ok(match operation {
            Ok(operation) => Ok(self.table().push(operation)?),
            Err(error) => Err(wit_error(error)),
        })
    }
}

impl Host for State {
    async fn ping(&mut self) -> Answer<wit::Daemon> {
        let daemon = self.step_docker()?.ping().await;
        Ok(daemon.map_err(wit_error).map(|daemon| wit::Daemon {
            version: daemon.version,
            api_version: daemon.api_version,
            operating_system: daemon.operating_system,
            architecture: daemon.architecture,
        }))
    }

    async fn inspect_image(&mut self, name: String) -> Answer<Option<String>> {
        let found = self.step_docker()?.inspect_image(&name).await;
        Ok(found.map_err(wit_error).and_then(|found| self.json_answer(found)))
    }

    async fn inspect_distribution(&mut self, name: String) -> Answer<Option<String>> {
        let found = self.step_docker()?.inspect_distribution(&name).await;
        Ok(found.map_err(wit_error).and_then(|found| self.json_answer(found)))
    }

    async fn pull_image(&mut self, name: String) -> Answer<Resource<ImagePull>> {
        let pull = self.step_docker()?.pull_image(&name).await;
        self.handle(pull)
    }

    async fn build_image(&mut self, options: wit::ImageBuildOptions) -> Answer<Resource<ImageBuild>> {
        let wit::ImageBuildOptions { context, dockerfile, tags, args, labels, target, cache } = options;
        let request = BuildRequest { context, dockerfile, tags, args, labels, target, cache };
        let build = self.step_docker()?.build_image(request).await;
        self.handle(build)
    }

    async fn tag_image(&mut self, source: String, target: String) -> Answer<()> {
        Ok(self.step_docker()?.tag_image(&source, &target).await.map_err(wit_error))
    }

    async fn remove_image(&mut self, name: String) -> Answer<()> {
        Ok(self.step_docker()?.remove_image(&name).await.map_err(wit_error))
    }

    async fn create_container(&mut self, name: String, body: String) -> Answer<String> {
        let docker = self.step_docker()?;
        let body = match self.container_secrets(body).await {
            Ok(body) => body,
            Err(error) => return Ok(Err(wit_error(error))),
        };
        Ok(docker.create_container(&name, &body).await.map_err(wit_error))
    }

    async fn create_scratch_container(&mut self, name: String, body: String) -> Answer<Resource<ScratchContainer>> {
        let docker = self.step_docker()?;
        let created = match self.container_secrets(body).await {
            Ok(body) => docker.create_scratch_container(&name, &body).await,
            Err(error) => Err(error),
        };
        self.handle(created)
    }

    async fn start_container(&mut self, name: String) -> Answer<()> {
        Ok(self.step_docker()?.start_container(&name).await.map_err(wit_error))
    }

    async fn stop_container(&mut self, name: String, timeout_s: Option<u32>) -> Answer<()> {
        Ok(self.step_docker()?.stop_container(&name, timeout_s).await.map_err(wit_error))
    }

    async fn begin_stop(&mut self, name: String, timeout_s: Option<u32>) -> Answer<Resource<ContainerWait>> {
        let stop = self.step_docker()?.begin_stop(&name, timeout_s).await;
        self.handle(stop)
    }

    async fn remove_container(&mut self, name: String, force: bool, anonymous_volumes: bool) -> Answer<()> {
        Ok(self.step_docker()?.remove_container(&name, force, anonymous_volumes).await.map_err(wit_error))
    }

    async fn inspect_container(&mut self, name: String) -> Answer<Option<String>> {
        let found = self.step_docker()?.inspect_container(&name).await;
        let found = found.map(|found| found.map(|container| self.without_secrets(container)));
        Ok(found.map_err(wit_error).and_then(|found| self.json_answer(found)))
    }

    async fn list_containers(&mut self, labels: Vec<String>, all: bool) -> Answer<String> {
        let listed = self.step_docker()?.list_containers(&labels, all).await;
        Ok(listed.map_err(wit_error).and_then(|listed| self.json_answer(Some(listed))).map(Option::unwrap_or_default))
    }

    async fn find_port_holder(&mut self, address: String, port: u16, protocol: String) -> Answer<Option<wit::PortHolder>> {
        let holder = self.step_docker()?.find_port_holder(&address, port, &protocol).await.map_err(wit_error);
        Ok(holder.map(|holder| holder.map(|PortHolder { container, what }| wit::PortHolder { container, what })))
    }

    async fn wait_container(
        &mut self,
        name: String,
        condition: wit::Condition,
        timeout_ms: u64,
    ) -> Answer<Resource<ContainerWait>> {
        let condition = match condition {
            wit::Condition::Running => Condition::Running,
            wit::Condition::Healthy => Condition::Healthy,
            wit::Condition::Ended => Condition::Ended,
        };
        let wait = self.step_docker()?.wait_container(&name, condition, Duration::from_millis(timeout_ms)).await;
        self.handle(wait)
    }

    async fn read_logs(&mut self, name: String, options: wit::LogOptions) -> Answer<Resource<LogStream>> {
        let wit::LogOptions { follow, tail, since, timestamps } = options;
        let log = self.step_docker()?.read_logs(&name, LogRequest { follow, tail, since, timestamps }).await;
        self.handle(log)
    }

    async fn start_exec(&mut self, name: String, command: wit::ExecCommand) -> Answer<Resource<Exec>> {
        let wit::ExecCommand { args, env, user, dir, input } = command;
        let docker = self.step_docker()?;
        let mut request = ExecRequest { args, env, user, dir, input };
        let exec = match self.exec_secrets(&docker, &name, &mut request).await {
            Ok(veil) => docker.start_exec(&name, request).await.map(|exec| exec.veiled(veil)),
            Err(error) => Err(error),
        };
        self.handle(exec)
    }

    async fn inspect_network(&mut self, name: String) -> Answer<Option<String>> {
        let found = self.step_docker()?.inspect_network(&name).await;
        Ok(found.map_err(wit_error).and_then(|found| self.json_answer(found)))
    }

    async fn create_network(&mut self, name: String, body: String) -> Answer<String> {
        Ok(self.step_docker()?.create_network(&name, &body).await.map_err(wit_error))
    }

    async fn remove_network(&mut self, name: String) -> Answer<()> {
        Ok(self.step_docker()?.remove_network(&name).await.map_err(wit_error))
    }

    async fn inspect_volume(&mut self, name: String) -> Answer<Option<String>> {
        let found = self.step_docker()?.inspect_volume(&name).await;
        Ok(found.map_err(wit_error).and_then(|found| self.json_answer(found)))
    }

    async fn create_volume(&mut self, name: String, body: String) -> Answer<()> {
        Ok(self.step_docker()?.create_volume(&name, &body).await.map_err(wit_error))
    }

    async fn remove_volume(&mut self, name: String) -> Answer<()> {
        Ok(self.step_docker()?.remove_volume(&name).await.map_err(wit_error))
    }
}
