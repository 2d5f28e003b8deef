use super::messages::{Head, Reply};
use super::spawner::Spawner;
use super::system_calls::Sockets;
use crate::{ConfineError, ExitStatus};
use std::io;
use tokio::net::UnixStream;

/// A program that was started. Dropping it kills the program and all its descendants; [`Running::wait`] does so at the program's end.
#[derive(Debug)]
pub struct Running {
    /// `None` after the worker went back to the others.
    worker: Option<UnixStream>,
    /// The filter that the worker wears.
    filter: Option<Sockets>,
    spawner: Spawner,
    pid: i32,
    received: [u8; Reply::LENGTH],
    filled: usize,
    ended: Option<ExitStatus>,
}

impl Running {
    pub(crate) fn new(worker: UnixStream, filter: Option<Sockets>, spawner: Spawner) -> Self {
        Self { worker: Some(worker), filter, spawner, pid: 0, received: [0; Reply::LENGTH], filled: 0, ended: None }
    }

    pub(crate) fn started(&mut self, pid: i32) {
        self.pid = pid;
    }

    /// Its process id, which is the id of its session and process group too unless it is in the foreground.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Waits until the program has ended and all its descendants are killed. May be dropped and called again.
    ///
    /// # Errors
    /// The spawner process is gone, and the program with it.
    pub async fn wait(&mut self) -> Result<ExitStatus, ConfineError> {
        if let Some(status) = self.ended {
            return Ok(status);
        }
        match self.reply().await? {
            Reply::Ended(status) => {
                self.ended = Some(status);
                self.give_back();
                Ok(status)
            }
            Reply::Started { .. } | Reply::NotStarted { .. } => Err(ConfineError::SpawnerGone(io::ErrorKind::InvalidData.into())),
        }
    }

    /// Sends a signal to the program's process group; in the foreground, to the program alone. Does nothing once it has ended.
    ///
    /// # Errors
    /// The spawner process is gone, and the program with it.
    pub fn signal(&self, signal: i32) -> Result<(), ConfineError> {
        let Some(worker) = &self.worker else { return Ok(()) };
        let head = Head { kind: Head::SIGNAL, number: signal.unsigned_abs() }.bytes();
        match worker.try_write(&head) {
            Ok(length) if length == head.len() => Ok(()),
            Ok(_) => Err(ConfineError::SpawnerGone(io::ErrorKind::WriteZero.into())),
            Err(error) => Err(ConfineError::SpawnerGone(error)),
        }
    }

    /// The next answer of the worker. Nothing is lost where this is dropped half-way.
    pub(crate) async fn reply(&mut self) -> Result<Reply, ConfineError> {
        let gone = |kind: io::ErrorKind| ConfineError::SpawnerGone(kind.into());
        let Some(worker) = &self.worker else { return Err(gone(io::ErrorKind::NotConnected)) };
        while self.filled < Reply::LENGTH {
            worker.readable().await.map_err(ConfineError::SpawnerGone)?;
            match worker.try_read(&mut self.received[self.filled..]) {
                Ok(0) => return Err(gone(io::ErrorKind::UnexpectedEof)),
                Ok(length) => self.filled += length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(ConfineError::SpawnerGone(error)),
            }
        }
        self.filled = 0;
        Reply::read(&self.received).ok_or_else(|| gone(io::ErrorKind::InvalidData))
    }

    /// The worker has nothing to do any more: the next program can have it.
    pub(crate) fn give_back(&mut self) {
        let broken = self.ended.is_some_and(|status| status.left_alive > 0);
        if let Some(worker) = self.worker.take()
            && !broken
            && let Ok(worker) = worker.into_std()
        {
            self.spawner.take_back(worker, self.filter);
        }
    }
}
