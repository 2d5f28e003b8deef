//! The resources of the interface `docker`: operations under way.

use super::{ContainerWait, Exec, ImageBuild, ImagePull, LogStream, OutputPiece, ScratchContainer};
use crate::State;
use crate::bindings::infra::task::docker::{
    self as wit, HostContainerWait, HostExec, HostImageBuild, HostImagePull, HostLogStream, HostScratchContainer, Pollable,
};
use crate::bindings::infra::task::types::{Error, ExitStatus, Output};
use crate::error_conversion::wit_error;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::subscribe;

type Answer<T> = wasmtime::Result<Result<T, Error>>;

fn output(piece: OutputPiece) -> Output {
    match piece {
        OutputPiece::Stdout(bytes) => Output::Stdout(bytes.into()),
        OutputPiece::Stderr(bytes) => Output::Stderr(bytes.into()),
    }
}

impl HostScratchContainer for State {
    async fn id(&mut self, container: Resource<ScratchContainer>) -> wasmtime::Result<String> {
        self.count()?;
        Ok(self.table().get(&container)?.id.clone())
    }

    async fn drop(&mut self, container: Resource<ScratchContainer>) -> wasmtime::Result<()> {
        self.table().delete(container)?;
        Ok(())
    }
}

impl HostImagePull for State {
    async fn next(&mut self, pull: Resource<ImagePull>) -> Answer<Option<wit::PullProgress>> {
        self.count()?;
        let next = self.table().get_mut(&pull)?.next().await.map_err(wit_error);
        Ok(next.map(|next| {
            next.map(|progress| wit::PullProgress {
                layer: progress.layer,
                status: progress.status,
                position: progress.position,
                total: progress.total,
            })
        }))
    }

    async fn subscribe(&mut self, pull: Resource<ImagePull>) -> wasmtime::Result<Resource<Pollable>> {
        self.count()?;
        subscribe(self.table(), pull)
    }

    async fn drop(&mut self, pull: Resource<ImagePull>) -> wasmtime::Result<()> {
        self.table().delete(pull)?;
        Ok(())
    }
}

impl HostImageBuild for State {
    async fn next(&mut self, build: Resource<ImageBuild>) -> Answer<Option<String>> {
        self.count()?;
        Ok(self.table().get_mut(&build)?.lines.next().await.map_err(wit_error))
    }

    async fn image(&mut self, build: Resource<ImageBuild>) -> Answer<String> {
        self.count()?;
        Ok(self.table().get(&build)?.image().map_err(wit_error))
    }

    async fn subscribe(&mut self, build: Resource<ImageBuild>) -> wasmtime::Result<Resource<Pollable>> {
        self.count()?;
        subscribe(self.table(), build)
    }

    async fn drop(&mut self, build: Resource<ImageBuild>) -> wasmtime::Result<()> {
        self.table().delete(build)?;
        Ok(())
    }
}

impl HostContainerWait for State {
    async fn next(&mut self, wait: Resource<ContainerWait>) -> Answer<Option<wit::ContainerState>> {
        self.count()?;
        let next = self.table().get_mut(&wait)?.next().await.map_err(wit_error);
        Ok(next.map(|next| {
            next.map(|state| wit::ContainerState { status: state.status, health: state.health, exit_code: state.exit_code })
        }))
    }

    async fn subscribe(&mut self, wait: Resource<ContainerWait>) -> wasmtime::Result<Resource<Pollable>> {
        self.count()?;
        subscribe(self.table(), wait)
    }

    async fn drop(&mut self, wait: Resource<ContainerWait>) -> wasmtime::Result<()> {
        self.table().delete(wait)?;
        Ok(())
    }
}

impl HostLogStream for State {
    async fn next(&mut self, log: Resource<LogStream>) -> Answer<Option<Output>> {
        self.count()?;
        Ok(self.table().get_mut(&log)?.next().await.map_err(wit_error).map(|next| next.map(output)))
    }

    async fn subscribe(&mut self, log: Resource<LogStream>) -> wasmtime::Result<Resource<Pollable>> {
        self.count()?;
        subscribe(self.table(), log)
    }

    async fn drop(&mut self, log: Resource<LogStream>) -> wasmtime::Result<()> {
        self.table().delete(log)?;
        Ok(())
    }
}

impl HostExec for State {
    async fn next_output(&mut self, exec: Resource<Exec>) -> Answer<Option<Output>> {
        self.count()?;
        let exec = self.table().get_mut(&exec)?;
        loop {
            let next = match exec.output.next().await {
                Ok(next) => next.map(output),
                Err(error) => return Ok(Err(wit_error(error))),
            };
            let Some(veil) = &mut exec.veil else { return Ok(Ok(next)) };
            match next {
                Some(piece) => {
                    if let Some(shown) = veil.piece(piece) {
                        return Ok(Ok(Some(shown)));
                    }
                }
                None => return Ok(Ok(veil.end())),
            }
        }
    }

    async fn write_input(&mut self, exec: Resource<Exec>, data: Vec<u8>) -> Answer<()> {
        self.count()?;
        Ok(self.table().get_mut(&exec)?.write_input(&data).await.map_err(wit_error))
    }

    async fn close_input(&mut self, exec: Resource<Exec>) -> Answer<()> {
        self.count()?;
        Ok(self.table().get_mut(&exec)?.close_input().await.map_err(wit_error))
    }

    async fn wait(&mut self, exec: Resource<Exec>) -> Answer<ExitStatus> {
        self.count()?;
        let status = self.table().get_mut(&exec)?.wait().await.map_err(wit_error);
        Ok(status.map(|status| ExitStatus {
            code: Some(status.code),
            signal: None,
            duration_ms: u64::try_from(status.duration.as_millis()).unwrap_or(u64::MAX),
        }))
    }

    async fn subscribe(&mut self, exec: Resource<Exec>) -> wasmtime::Result<Resource<Pollable>> {
        self.count()?;
        subscribe(self.table(), exec)
    }

    async fn drop(&mut self, exec: Resource<Exec>) -> wasmtime::Result<()> {
        self.table().delete(exec)?;
        Ok(())
    }
}

#[wasmtime_wasi::async_trait]
impl wasmtime_wasi::p2::Pollable for ImageBuild {
    async fn ready(&mut self) {
        self.lines.ready().await;
    }
}

#[wasmtime_wasi::async_trait]
impl wasmtime_wasi::p2::Pollable for Exec {
    async fn ready(&mut self) {
        self.output.ready().await;
    }
}
