use super::entry::{ARGUMENT, NAME};
use super::messages::{self, Head, Reply};
use super::order;
use super::running::Running;
use super::system_calls::Sockets;
use crate::{ConfineError, Request, Stage, Stdio};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::Interest;
use tokio::net::UnixStream;

/// How many idle workers are kept for the next programs.
const IDLE: usize = 32;

static MAIN_IS_READY: AtomicBool = AtomicBool::new(false);

/// `spawner_main` was called, so this binary can be executed as a spawner.
pub(crate) fn main_is_ready() {
    MAIN_IS_READY.store(true, Ordering::Relaxed);
}

/// Starts programs. Cloning it is cheap; all clones share one spawner process, which ends when the last clone and the last
/// [`Running`] are dropped, or when this process ends in whatever way.
#[derive(Clone, Debug)]
pub struct Spawner(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// To the spawner process, for new workers.
    master: Mutex<StdStream>,
    /// The longest idle first.
    idle: Mutex<VecDeque<Worker>>,
}

/// An idle worker, with the filter that it wears: it can start no program that needs another.
#[derive(Debug)]
struct Worker {
    filter: Option<Sockets>,
    socket: StdStream,
}

impl Spawner {
    /// Starts the spawner process: this binary once more, whose `main` calls [`crate::spawner_main`].
    ///
    /// # Errors
    /// The process cannot be started, or `main` does not call `spawner_main`.
    pub fn start() -> Result<Self, ConfineError> {
        if !MAIN_IS_READY.load(Ordering::Relaxed) {
            return Err(ConfineError::SpawnerMissing);
        }
        let start = || -> io::Result<StdStream> {
            let (ours, theirs) = StdStream::pair()?;
            let mut child = Command::new("/proc/self/exe")
                .arg0(NAME)
                .arg(ARGUMENT)
                .env_clear()
                .current_dir("/")
                // A group of its own in the same session: Ctrl-C does not reach it, and programs in the foreground can join the runner's.
                .process_group(0)
                .stdin(OwnedFd::from(theirs))
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()?;
            // It ends after this process, or within `Shared::drop`; a thread of a few kilobytes takes its status then.
            std::thread::Builder::new().name("spawner-wait".to_owned()).stack_size(64 * 1024).spawn(move || child.wait())?;
            Ok(ours)
        };
        let master = start().map_err(ConfineError::SpawnerNotStarted)?;
        Ok(Self(Arc::new(Shared { master: Mutex::new(master), idle: Mutex::default() })))
    }

    /// Starts a program. Call it within a tokio runtime with I/O.
    ///
    /// # Errors
    /// The program cannot be started (see [`ConfineError::NotStarted`]), or the spawner process is gone.
    pub async fn spawn(&self, request: &Request, stdio: Stdio) -> Result<Running, ConfineError> {
        let body = order::encode(request)?;
        let filter = request.confinement.as_ref().map(Sockets::of);
        let worker = UnixStream::from_std(self.worker(filter)?).map_err(ConfineError::SpawnerGone)?;
        let sent = send(&worker, &body, &stdio).await;
        // The program's ends of the streams are its own from here on: a reader sees the end when the program closes them.
        drop(stdio);
        sent.map_err(ConfineError::SpawnerGone)?;
        let mut running = Running::new(worker, filter, self.clone());
        match running.reply().await? {
            Reply::Started { pid } => {
                running.started(pid);
                Ok(running)
            }
            Reply::NotStarted { stage, errno } => {
                running.give_back();
                let (stage, source) = (Stage::from_number(stage), io::Error::from_raw_os_error(errno));
                Err(ConfineError::NotStarted { program: request.program.clone(), stage, source })
            }
            Reply::Ended(_) => Err(ConfineError::SpawnerGone(io::ErrorKind::InvalidData.into())),
        }
    }

    /// An idle worker that wears this filter, or a new one.
    fn worker(&self, filter: Option<Sockets>) -> Result<StdStream, ConfineError> {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(worker) = idle.iter().rposition(|worker| worker.filter == filter).and_then(|at| idle.remove(at)) {
            return Ok(worker.socket);
        }
        drop(idle);
        let ask = || -> io::Result<StdStream> {
            let (ours, theirs) = StdStream::pair()?;
            ours.set_nonblocking(true)?;
            let master = self.0.master.lock().unwrap_or_else(PoisonError::into_inner);
            messages::send(master.as_fd(), &[IoSlice::new(&[1])], &[theirs.as_fd()])?;
            Ok(ours)
        };
        ask().map_err(ConfineError::SpawnerGone)
    }

    pub(crate) fn take_back(&self, socket: StdStream, filter: Option<Sockets>) {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= IDLE {
            idle.pop_front();
        }
        idle.push_back(Worker { filter, socket });
    }
}

/// Sends a request and its streams. The streams go with the first byte.
async fn send(worker: &UnixStream, body: &[u8], stdio: &Stdio) -> io::Result<()> {
    let length = u32::try_from(body.len()).map_err(|_| io::Error::from(io::ErrorKind::ArgumentListTooLong))?;
    let head = Head { kind: Head::START, number: length }.bytes();
    let fds = [stdio.stdin.as_fd(), stdio.stdout.as_fd(), stdio.stderr.as_fd()];
    let mut sent = 0;
    while sent < head.len() + body.len() {
        let fds = if sent == 0 { &fds[..] } else { &[] };
        let rest = [IoSlice::new(head.get(sent..).unwrap_or(&[])), IoSlice::new(&body[sent.saturating_sub(head.len())..])];
        let attempt = || match messages::send(worker.as_fd(), &rest, fds) {
            Err(Errno::AGAIN) => Err(io::ErrorKind::WouldBlock.into()),
            result => result.map_err(io::Error::from),
        };
        // A new or idle socket is writable: try before asking the runtime.
        match attempt() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                worker.writable().await?;
                sent += match worker.try_io(Interest::WRITABLE, attempt) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                    result => result?,
                };
            }
            result => sent += result?,
        }
    }
    Ok(())
}
