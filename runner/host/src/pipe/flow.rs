use bytes::Bytes;
use infra_event::TaskError;
use tokio::sync::mpsc;

/// What goes from one part of a pipe to the next. A channel that closes without [`Flow::End`] has been broken off.
#[derive(Debug)]
pub(super) enum Flow {
    Data(Bytes),
    /// The source has ended well, and is what was expected.
    End,
}

/// Why a part stops before its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// Its neighbour has stopped, and knows why.
    BrokenOff,
    Failed(TaskError),
}

impl From<TaskError> for Stop {
    fn from(error: TaskError) -> Self {
        Self::Failed(error)
    }
}

pub(super) type Sender = mpsc::Sender<Flow>;
pub(super) type Receiver = mpsc::Receiver<Flow>;

/// Pieces that wait for the next part: with pieces of at most 128 KiB, what a pipe keeps in memory.
const WAITING: usize = 16;

pub(super) fn channel() -> (Sender, Receiver) {
    mpsc::channel(WAITING)
}

/// Of the parts that have failed, the first in the direction of the flow: what comes after it only suffers from it.
pub(super) fn verdict(parts: impl IntoIterator<Item = Result<(), Stop>>) -> Result<(), TaskError> {
    let mut broken = false;
    for part in parts {
        match part {
            Ok(()) => {}
            Err(Stop::BrokenOff) => broken = true,
            Err(Stop::Failed(error)) => return Err(error),
        }
    }
    if broken { Err(TaskError::new(infra_event::ErrorCode::CANCELLED, "the pipe was broken off")) } else { Ok(()) }
}
