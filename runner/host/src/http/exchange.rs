use super::body::BodyWriter;
use super::permit_slot::PermitSlot;
use crate::docker::Operation;
use bytes::Bytes;
use infra_event::{ErrorCode, TaskError};
use infra_gate::{MaskStream, Masker};
use std::net::SocketAddr;

/// The head of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    /// As 200.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// Where it comes from, without the query.
    pub url: String,
    /// The address that answered.
    pub address: String,
}

impl ResponseHead {
    pub(super) fn of<B>(response: &http::Response<B>, url: String, address: SocketAddr) -> Self {
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        Self { status: response.status().as_u16(), headers, url, address: address.to_string() }
    }
}

/// What comes from a server.
#[derive(Debug)]
pub(super) enum Piece {
    Head(ResponseHead),
    Data(Bytes),
}

/// A request under way; dropping it closes the connection.
#[derive(Debug)]
pub struct Exchange {
    // Dropped first: nothing more is sent.
    pieces: Operation<Piece>,
    writer: Option<BodyWriter>,
    head: Option<ResponseHead>,
    slot: PermitSlot,
    /// Takes out of the response what the task may not know.
    veil: Option<(Masker, MaskStream)>,
}

impl Exchange {
    pub(super) const fn new(pieces: Operation<Piece>, writer: Option<BodyWriter>, slot: PermitSlot) -> Self {
        Self { pieces, writer, head: None, slot, veil: None }
    }

    /// It has secrets that the task may not know, and a server may send them back.
    pub(crate) fn veiled(mut self, veil: Option<Masker>) -> Self {
        self.veil = veil.map(|masker| (masker.clone(), masker.stream()));
        self
    }

    /// Writes to the request's body; waits while the server does not read.
    ///
    /// # Errors
    /// When the request has no body that is written, it is longer than said, or the server reads no more.
    pub async fn write(&mut self, data: &[u8]) -> Result<(), TaskError> {
        self.writer()?.write(data).await
    }

    /// Ends the request's body.
    ///
    /// # Errors
    /// When it is shorter than said.
    pub async fn finish(&mut self) -> Result<(), TaskError> {
        self.writer()?.finish().await
    }

    fn writer(&mut self) -> Result<&mut BodyWriter, TaskError> {
        self.writer.as_mut().ok_or_else(|| {
            TaskError::new(ErrorCode::INVALID, "the request's body is not written by the task").hint("say that it is streamed")
        })
    }

    /// Waits for the head of the response.
    ///
    /// # Errors
    /// How the request failed.
    pub async fn response(&mut self) -> Result<ResponseHead, TaskError> {
        if let Some(head) = &self.head {
            return Ok(head.clone());
        }
        match self.pieces.next().await? {
            Some(Piece::Head(mut head)) => {
                if let Some((masker, _)) = &self.veil {
                    head.headers.iter_mut().for_each(|(_, value)| *value = masker.mask(value).into_owned());
                }
                Ok(self.head.insert(head).clone())
            }
            Some(Piece::Data(_)) | None => Err(TaskError::new(ErrorCode::CANCELLED, "the request was cancelled")),
        }
    }

    /// The next piece of the response's body; none at its end.
    ///
    /// # Errors
    /// How the request failed, or the response broke off.
    pub async fn next(&mut self) -> Result<Option<Bytes>, TaskError> {
        self.response().await?;
        loop {
            let data = match self.pieces.next().await? {
                Some(Piece::Data(data)) => Some(data),
                Some(Piece::Head(_)) | None => None,
            };
            let Some((_, veil)) = &mut self.veil else { return Ok(data) };
            let shown = match &data {
                Some(data) => veil.push(data),
                None => veil.flush(),
            };
            if !shown.is_empty() {
                return Ok(Some(shown.into()));
            }
            if data.is_none() {
                return Ok(None);
            }
        }
    }

    /// Waits until `response` or `next` would not wait.
    pub async fn ready(&mut self) {
        self.pieces.ready().await;
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.slot.drop_permit();
    }
}

#[wasmtime_wasi::async_trait]
impl wasmtime_wasi::p2::Pollable for Exchange {
    async fn ready(&mut self) {
        Self::ready(self).await;
    }
}
