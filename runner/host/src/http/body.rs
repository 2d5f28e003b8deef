use super::turn::Turn;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use infra_event::{ErrorCode, TaskError};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Pieces of a body that wait for the server.
const WAITING: usize = 8;
const PIECE: usize = 64 << 10;

/// What a request carries.
#[derive(Debug)]
pub(super) enum Content {
    None,
    Bytes(Bytes),
    /// It can be sent once.
    Streamed(Option<RequestBody>),
}

impl Content {
    /// Whether it can be sent again.
    pub(super) const fn is_repeatable(&self) -> bool {
        !matches!(self, Self::Streamed(_))
    }

    /// The body to send; none where it was sent.
    pub(super) fn take(&mut self, turn: &Turn) -> Option<RequestBody> {
        match self {
            Self::None => Some(RequestBody::whole(Bytes::new(), turn)),
            Self::Bytes(bytes) => Some(RequestBody::whole(bytes.clone(), turn)),
            Self::Streamed(body) => body.take(),
        }
    }
}

#[derive(Debug)]
enum Piece {
    Data(Bytes),
    End,
}

/// A body that the connection sends.
#[derive(Debug)]
pub(super) struct RequestBody {
    source: Source,
    left: Option<u64>,
    turn: Turn,
}

#[derive(Debug)]
enum Source {
    Whole(Bytes),
    Pieces(mpsc::Receiver<Piece>),
    Ended,
}

/// The task that writes the body is gone before it has ended it.
#[derive(Debug, thiserror::Error)]
#[error("the body was not finished")]
pub(super) struct Unfinished;

impl RequestBody {
    fn whole(bytes: Bytes, turn: &Turn) -> Self {
        let left = Some(bytes.len() as u64);
        let source = if bytes.is_empty() { Source::Ended } else { Source::Whole(bytes) };
        Self { source, left, turn: turn.clone() }
    }

    /// A body that is written, and its writer.
    pub(super) fn streamed(length: Option<u64>, turn: &Turn) -> (BodyWriter, Self) {
        let (sender, receiver) = mpsc::channel(WAITING);
        let body = Self { source: Source::Pieces(receiver), left: length, turn: turn.clone() };
        (BodyWriter { sender: Some(sender), left: length }, body)
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Unfinished;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Unfinished>>> {
        let data = match std::mem::replace(&mut self.source, Source::Ended) {
            Source::Ended => None,
            // In pieces, so that a slow server is not taken for one that does not read.
            Source::Whole(mut bytes) => {
                let piece = bytes.split_to(bytes.len().min(PIECE));
                if !bytes.is_empty() {
                    self.source = Source::Whole(bytes);
                }
                Some(Ok(piece))
            }
            Source::Pieces(mut receiver) => match receiver.poll_recv(context) {
                Poll::Pending => {
                    self.turn.task();
                    self.source = Source::Pieces(receiver);
                    return Poll::Pending;
                }
                Poll::Ready(Some(Piece::Data(bytes))) => {
                    self.source = Source::Pieces(receiver);
                    Some(Ok(bytes))
                }
                Poll::Ready(Some(Piece::End)) => None,
                Poll::Ready(None) => Some(Err(Unfinished)),
            },
        };
        self.turn.server();
        if let Some(Ok(bytes)) = &data {
            self.left = self.left.map(|left| left.saturating_sub(bytes.len() as u64));
        }
        Poll::Ready(data.map(|data| data.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.source, Source::Ended)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// Writes a body.
#[derive(Debug)]
pub(super) struct BodyWriter {
    sender: Option<mpsc::Sender<Piece>>,
    left: Option<u64>,
}

impl BodyWriter {
    pub(super) async fn write(&mut self, data: &[u8]) -> Result<(), TaskError> {
        let Some(sender) = &self.sender else {
            return Err(TaskError::new(ErrorCode::INVALID, "the body has ended").hint("write before `finish`"));
        };
        if let Some(left) = &mut self.left {
            let Some(less) = left.checked_sub(data.len() as u64) else {
                return Err(TaskError::new(ErrorCode::INVALID, "the body is longer than it was said to be")
                    .hint("give its length, or none where it is not known"));
            };
            *left = less;
        }
        for piece in data.chunks(PIECE) {
            if sender.send(Piece::Data(Bytes::copy_from_slice(piece))).await.is_err() {
                return Err(TaskError::new(ErrorCode::INPUT_OUTPUT, "the server does not read the body any more")
                    .hint("look at its response"));
            }
        }
        Ok(())
    }

    pub(super) async fn finish(&mut self) -> Result<(), TaskError> {
        if self.left.is_some_and(|left| left > 0) {
            return Err(TaskError::new(ErrorCode::INVALID, "the body is shorter than it was said to be")
                .hint("write all of it, or give no length"));
        }
        if let Some(sender) = self.sender.take() {
            let _ = sender.send(Piece::End).await;
        }
        Ok(())
    }
}
