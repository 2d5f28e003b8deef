use crate::Result;
use crate::bindings::infra::task::http as wit;
use crate::bindings::wasi::clocks::monotonic_clock;
use crate::bindings::wasi::io::poll::Pollable;
use crate::host::{ConnectingHandle, ExchangeHandle, Waitable};
use crate::http::{Body, Head, Reached, Request};
use crate::wasm_host::{Handle, handle, lift, subscribe};
use std::time::Duration;

subscribe! {
    wit::Exchange,
    wit::Connecting,
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A request for the runner.
pub(crate) fn lower(request: &Request) -> wit::Request {
    wit::Request {
        method: request.method.clone(),
        url: request.url.clone(),
        headers: request.headers.clone(),
        body: match &request.body {
            Body::None => wit::Body::None,
            Body::Bytes(bytes) => wit::Body::Bytes(bytes.clone()),
            Body::Streamed(length) => wit::Body::Streamed(*length),
        },
        redirects: request.redirects,
        retries: request.retries,
        timeout_ms: milliseconds(request.timeout),
        deadline_ms: request.deadline.map(milliseconds),
        max_body: request.max_body,
        authorities: request.authorities.clone(),
        options: None,
    }
}

pub(crate) fn send(request: &Request) -> Result<Box<dyn ExchangeHandle>> {
    Ok(handle(lift(wit::send(&lower(request)))?))
}

pub(crate) fn connect(host: &str, port: u16, timeout: Duration) -> Result<Box<dyn ConnectingHandle>> {
    Ok(handle(lift(wit::connect(host, port, milliseconds(timeout)))?))
}

impl ExchangeHandle for Handle<wit::Exchange> {
    fn write(&self, data: &[u8]) -> Result<()> {
        Ok(lift(self.inner.write(data))?)
    }
    fn finish(&self) -> Result<()> {
        Ok(lift(self.inner.finish())?)
    }
    fn response(&self) -> Result<Head> {
        let head = lift(self.inner.response())?;
        Ok(Head { status: head.status, headers: head.headers, url: head.url, address: head.address })
    }
    fn next(&self) -> Result<Option<Vec<u8>>> {
        Ok(lift(self.inner.next())?)
    }
}

impl ConnectingHandle for Handle<wit::Connecting> {
    fn wait(&self) -> Result<Reached> {
        let reached = lift(self.inner.wait())?;
        Ok(Reached { address: reached.address, duration_ms: reached.duration_ms })
    }
}

struct Timer(Pollable);

impl Waitable for Timer {
    fn waitable(&self) -> &dyn std::any::Any {
        &self.0
    }
}

pub(crate) fn timer(after: Duration) -> Box<dyn Waitable> {
    let nanoseconds = u64::try_from(after.as_nanos()).unwrap_or(u64::MAX);
    Box::new(Timer(monotonic_clock::subscribe_duration(nanoseconds)))
}
