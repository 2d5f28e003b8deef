//! The interface `pipe` of the WIT package.

use super::Piping;
use crate::State;
use crate::bindings::infra::task::pipe::{self as wit, Host, HostPiping};
use crate::bindings::infra::task::types::Error;
use crate::error_conversion::wit_error;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::{DynPollable, subscribe};

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl Host for State {
    async fn start(
        &mut self,
        source: wit::Source,
        filters: Vec<wit::Filter>,
        sink: wit::Sink,
        expected: wit::Expectation,
    ) -> Answer<Resource<Piping>> {
        let docker = self.step_docker()?;
        let piping = self.open_pipe(&docker, source, filters, sink, expected).await;
        self.handle(piping)
    }
}

impl HostPiping for State {
    async fn next(&mut self, piping: Resource<Piping>) -> Answer<Option<wit::Position>> {
        self.count()?;
        let next = self.table().get_mut(&piping)?.next().await.map_err(wit_error);
        Ok(next.map(|next| {
            next.map(|position| wit::Position { read: position.read, written: position.written, total: position.total })
        }))
    }

    async fn measured(&mut self, piping: Resource<Piping>) -> Answer<wit::Measured> {
        self.count()?;
        let measured = self.table().get(&piping)?.measured().map_err(wit_error);
        Ok(measured.map(|measured| wit::Measured {
            read: measured.read,
            read_sha256: measured.read_sha256,
            written: measured.written,
            written_sha256: measured.written_sha256,
            duration_ms: u64::try_from(measured.duration.as_millis()).unwrap_or(u64::MAX),
        }))
    }

    async fn subscribe(&mut self, piping: Resource<Piping>) -> wasmtime::Result<Resource<DynPollable>> {
        self.count()?;
        subscribe(self.table(), piping)
    }

    async fn drop(&mut self, piping: Resource<Piping>) -> wasmtime::Result<()> {
        self.table().delete(piping)?;
        Ok(())
    }
}
