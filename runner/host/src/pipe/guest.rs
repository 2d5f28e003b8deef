//! The interface `pipe` of the WIT package.

use super::{Piping, Portion, Portions};
use crate::State;
use crate::bindings::infra::task::pipe::{self as wit, Host, HostPiping, HostPortion, HostPortions};
use crate::bindings::infra::task::types::Error;
use crate::error_conversion::wit_error;
use crate::http::Exchange;
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

    async fn fetch(
        &mut self,
        request: wit::Request,
        filters: Vec<wit::Filter>,
        sink: wit::Sink,
        expected: wit::Expectation,
    ) -> Answer<Resource<Piping>> {
        let docker = self.step_docker()?;
        let piping = self.open_fetch(&docker, request, filters, sink, expected).await;
        self.handle(piping)
    }

    async fn cut(
        &mut self,
        source: wit::Source,
        filters: Vec<wit::Filter>,
        expected: wit::Expectation,
    ) -> Answer<Resource<Portions>> {
        let docker = self.step_docker()?;
        let portions = self.open_cut(&docker, source, filters, expected).await;
        self.handle(portions)
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
        Ok(measured.map(told))
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

fn told(measured: super::piping::Measured) -> wit::Measured {
    wit::Measured {
        read: measured.read,
        read_sha256: measured.read_sha256,
        written: measured.written,
        written_sha256: measured.written_sha256,
        duration_ms: u64::try_from(measured.duration.as_millis()).unwrap_or(u64::MAX),
    }
}

impl HostPortions for State {
    async fn next(&mut self, portions: Resource<Portions>, size: u64) -> Answer<Option<Resource<Portion>>> {
        self.count()?;
        Ok(match self.table().get_mut(&portions)?.next(size).await {
            Ok(Some(portion)) => Ok(Some(self.table().push(portion)?)),
            Ok(None) => Ok(None),
            Err(error) => Err(wit_error(error)),
        })
    }

    async fn measured(&mut self, portions: Resource<Portions>) -> Answer<wit::Measured> {
        self.count()?;
        let measured = self.table().get_mut(&portions)?.measured().await.map_err(wit_error);
        Ok(measured.map(told))
    }

    async fn drop(&mut self, portions: Resource<Portions>) -> wasmtime::Result<()> {
        self.table().delete(portions)?;
        Ok(())
    }
}

impl HostPortion for State {
    async fn size(&mut self, portion: Resource<Portion>) -> wasmtime::Result<u64> {
        self.count()?;
        Ok(self.table().get(&portion)?.size())
    }

    async fn sha256(&mut self, portion: Resource<Portion>) -> wasmtime::Result<String> {
        self.count()?;
        Ok(self.table().get(&portion)?.sha256().to_owned())
    }

    async fn send(&mut self, portion: Resource<Portion>, request: wit::Request) -> Answer<Resource<Exchange>> {
        self.count()?;
        let data = self.table().get(&portion)?.data();
        let step = self.step_http();
        let exchange = match super::open::carrying(data, request) {
            Ok(request) => step.send(request).await,
            Err(error) => Err(error),
        };
        self.handle(exchange)
    }

    async fn drop(&mut self, portion: Resource<Portion>) -> wasmtime::Result<()> {
        self.table().delete(portion)?;
        Ok(())
    }
}
