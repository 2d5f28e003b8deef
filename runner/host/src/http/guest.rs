//! The interface `http`, as the guest sees it.

use super::{Connecting, Exchange, HttpBody, HttpRequest, StepHttp};
use crate::State;
use crate::bindings::infra::task::http::{self as wit, Host, HostConnecting, HostExchange, Pollable};
use crate::bindings::infra::task::types::Error;
use crate::error_conversion::wit_error;
use infra_event::{ErrorCode, TaskError};
use std::sync::Arc;
use std::time::Duration;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::subscribe;

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl State {
    /// HTTP, for the step of this store.
    #[must_use]
    pub fn step_http(&self) -> StepHttp {
        StepHttp { host: Arc::clone(&self.world.http), gate: Arc::clone(&self.gate) }
    }
}

impl State {
    async fn sent(&mut self, request: wit::Request) -> Result<Exchange, TaskError> {
        let mut request = read(request)?;
        let http = self.step_http();
        let veil = self.header_secrets(&http, &mut request).await?;
        Ok(http.send(request).await?.veiled(veil))
    }
}

impl Host for State {
    async fn send(&mut self, request: wit::Request) -> Answer<Resource<Exchange>> {
        self.count()?;
        match self.sent(request).await {
            Ok(exchange) => Ok(Ok(self.table().push(exchange)?)),
            Err(error) => Ok(Err(wit_error(error))),
        }
    }

    async fn connect(&mut self, host: String, port: u16, timeout_ms: u64) -> Answer<Resource<Connecting>> {
        self.count()?;
        match self.step_http().connect(&host, port, Duration::from_millis(timeout_ms)).await {
            Ok(connecting) => Ok(Ok(self.table().push(connecting)?)),
            Err(error) => Ok(Err(wit_error(error))),
        }
    }
}

/// What the guest asks for.
pub(crate) fn read(request: wit::Request) -> Result<HttpRequest, TaskError> {
    if let Some(options) = request.options.as_deref().filter(|options| !matches!(options.trim(), "" | "{}" | "null")) {
        return Err(TaskError::new(ErrorCode::INVALID, format!("`options` of a request is not known here: {options}")));
    }
    Ok(HttpRequest {
        method: request.method,
        url: request.url,
        headers: request.headers,
        private: vec![],
        body: match request.body {
            wit::Body::None => HttpBody::None,
            wit::Body::Bytes(bytes) => HttpBody::Bytes(bytes.into()),
            wit::Body::Streamed(length) => HttpBody::Streamed(length),
        },
        redirects: request.redirects,
        retries: request.retries,
        timeout: Duration::from_millis(request.timeout_ms),
        deadline: request.deadline_ms.map(Duration::from_millis),
        max_body: request.max_body,
        authorities: request.authorities,
    })
}

impl HostExchange for State {
    async fn write(&mut self, exchange: Resource<Exchange>, data: Vec<u8>) -> Answer<()> {
        self.count()?;
        Ok(self.table().get_mut(&exchange)?.write(&data).await.map_err(wit_error))
    }

    async fn finish(&mut self, exchange: Resource<Exchange>) -> Answer<()> {
        self.count()?;
        Ok(self.table().get_mut(&exchange)?.finish().await.map_err(wit_error))
    }

    async fn response(&mut self, exchange: Resource<Exchange>) -> Answer<wit::Response> {
        self.count()?;
        let head = self.table().get_mut(&exchange)?.response().await.map_err(wit_error);
        Ok(head.map(|head| wit::Response { status: head.status, headers: head.headers, url: head.url, address: head.address }))
    }

    async fn next(&mut self, exchange: Resource<Exchange>) -> Answer<Option<Vec<u8>>> {
        self.count()?;
        let piece = self.table().get_mut(&exchange)?.next().await.map_err(wit_error);
        Ok(piece.map(|piece| piece.map(Into::into)))
    }

    async fn subscribe(&mut self, exchange: Resource<Exchange>) -> wasmtime::Result<Resource<Pollable>> {
        self.count()?;
        subscribe(self.table(), exchange)
    }

    async fn drop(&mut self, exchange: Resource<Exchange>) -> wasmtime::Result<()> {
        self.table().delete(exchange)?;
        Ok(())
    }
}

impl HostConnecting for State {
    async fn wait(&mut self, connecting: Resource<Connecting>) -> Answer<wit::Reached> {
        self.count()?;
        let reached = self.table().get_mut(&connecting)?.next().await;
        let gone = || TaskError::new(ErrorCode::INVALID, "the connection was waited for already").hint("wait for it once");
        Ok(reached.and_then(|reached| reached.ok_or_else(gone)).map_err(wit_error).map(|reached| wit::Reached {
            address: reached.address,
            duration_ms: u64::try_from(reached.duration.as_millis()).unwrap_or(u64::MAX),
        }))
    }

    async fn subscribe(&mut self, connecting: Resource<Connecting>) -> wasmtime::Result<Resource<Pollable>> {
        self.count()?;
        subscribe(self.table(), connecting)
    }

    async fn drop(&mut self, connecting: Resource<Connecting>) -> wasmtime::Result<()> {
        self.table().delete(connecting)?;
        Ok(())
    }
}
