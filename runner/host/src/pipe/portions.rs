use super::flow::{Flow, Receiver};
use super::piping::{Measured, Piping};
use bytes::{Buf as _, Bytes};
use infra_event::{ErrorCode, TaskError};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The longest portion, and how many there are at a time: what the runner keeps in memory for a task.
const LONGEST: u64 = 64 << 20;
const AT_A_TIME: usize = 3;

/// What comes out of a pipe, cut into portions. Dropping it stops the pipe.
#[derive(Debug)]
pub struct Portions {
    piping: Piping,
    receiver: Receiver,
    /// What was received and is not part of a portion yet.
    rest: Bytes,
    ended: bool,
    room: Arc<Semaphore>,
}

/// Bytes that wait to be sent.
#[derive(Debug)]
pub struct Portion {
    data: Bytes,
    sha256: String,
}

/// Bytes that give their place back when the last request with them is gone.
struct Kept {
    data: Vec<u8>,
    _place: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

impl Portions {
    pub(super) fn new(piping: Piping, receiver: Receiver) -> Self {
        Self { piping, receiver, rest: Bytes::new(), ended: false, room: Arc::new(Semaphore::new(AT_A_TIME)) }
    }

    /// The next so many bytes, fewer at the end, none after it.
    pub(super) async fn next(&mut self, size: u64) -> Result<Option<Portion>, TaskError> {
        if !(1..=LONGEST).contains(&size) {
            return Err(TaskError::new(ErrorCode::INVALID, format!("a portion cannot have {size} bytes"))
                .hint(format!("ask for 1 to {LONGEST}")));
        }
        let place = Arc::clone(&self.room).try_acquire_owned().map_err(|_| {
            TaskError::new(ErrorCode::LIMIT, format!("there are {AT_A_TIME} portions already")).hint("send one and drop it first")
        })?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let (mut data, mut hash) = (Vec::new(), Sha256::new());
        while data.len() < size {
            if self.rest.is_empty() {
                if self.ended {
                    break;
                }
                match self.receiver.recv().await {
                    Some(Flow::Data(piece)) => self.rest = piece,
                    Some(Flow::End) => self.ended = true,
                    None => return Err(self.failure().await),
                }
                continue;
            }
            let length = self.rest.len().min(size - data.len());
            hash.update(&self.rest[..length]);
            data.extend_from_slice(&self.rest[..length]);
            self.rest.advance(length);
        }
        if data.is_empty() {
            return Ok(None);
        }
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Some(Portion { data: Bytes::from_owner(Kept { data, _place: place }), sha256 }))
    }

    /// Why there is no good end.
    async fn failure(&mut self) -> TaskError {
        loop {
            match self.piping.next().await {
                Ok(Some(_)) => {}
                Ok(None) => return TaskError::new(ErrorCode::CANCELLED, "the pipe was broken off"),
                Err(error) => return error,
            }
        }
    }

    /// What went through, after the end.
    pub(super) async fn measured(&mut self) -> Result<Measured, TaskError> {
        // What measures ends a moment after what it measures.
        while self.ended && self.piping.next().await?.is_some() {}
        self.piping.measured()
    }
}

impl Portion {
    pub(super) fn size(&self) -> u64 {
        self.data.len() as u64
    }

    pub(super) fn sha256(&self) -> &str {
        &self.sha256
    }

    pub(super) fn data(&self) -> Bytes {
        self.data.clone()
    }
}
