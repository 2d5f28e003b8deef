use super::handshake::{ARGUMENT, NAME, Told};
use super::order::Order;
use infra_event::{ErrorCode, TaskError};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::unix::pipe::{Receiver, Sender};

/// A supervisor that was started and is not let go yet: dropping this ends it, with the service.
#[derive(Debug)]
pub(crate) struct Supervisor {
    to: Sender,
    from: Lines<BufReader<Receiver>>,
}

impl Supervisor {
    /// Starts this binary once more, with nothing of this process but the environment.
    pub(crate) async fn start(order: &Order) -> Result<Self, TaskError> {
        let failed = |error: std::io::Error| {
            TaskError::new(ErrorCode::INPUT_OUTPUT, format!("the process that holds the service cannot be started: {error}"))
        };
        let text = serde_json::to_string(order).map_err(|error| TaskError::new(ErrorCode::DEFECT, error.to_string()))?;
        // On Linux this stays the same file when the binary is replaced.
        let own = if cfg!(target_os = "linux") { "/proc/self/exe".into() } else { std::env::current_exe().map_err(failed)? };
        let mut child = Command::new(own)
            .arg0(NAME)
            .args([ARGUMENT, &order.invocation.task])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let pipes = (child.stdin.take(), child.stdout.take());
        // It outlives this process; where it does not, a small thread takes its status.
        let thread = std::thread::Builder::new().name("service-wait".to_owned()).stack_size(64 * 1024);
        thread.spawn(move || child.wait()).map_err(failed)?;
        let (Some(to), Some(from)) = pipes else { return Err(failed(std::io::ErrorKind::BrokenPipe.into())) };
        let mut to = Sender::from_owned_fd(OwnedFd::from(to)).map_err(failed)?;
        let from = Receiver::from_owned_fd(OwnedFd::from(from)).map_err(failed)?;
        to.write_all(format!("{text}\n").as_bytes()).await.map_err(failed)?;
        Ok(Self { to, from: BufReader::new(from).lines() })
    }

    /// What it tells next; `None` when it has ended.
    pub(crate) async fn next(&mut self) -> Option<Told> {
        let line = self.from.next_line().await.ok()??;
        let not_read = |error: serde_json::Error| Told::Failed(TaskError::new(ErrorCode::DEFECT, error.to_string()));
        Some(serde_json::from_str(&line).unwrap_or_else(not_read))
    }

    /// Lets the service live on.
    pub(crate) async fn let_stay(mut self) -> Result<(), TaskError> {
        let line = format!("{}\n", super::handshake::STAY);
        self.to.write_all(line.as_bytes()).await.map_err(|error| {
            TaskError::new(ErrorCode::FAILED, format!("the service ended when it was ready: {error}")).hint("look at its log")
        })
    }

    /// Ends it, and waits for that.
    pub(crate) async fn end(self) {
        let Self { to, mut from } = self;
        drop(to);
        while let Ok(Some(_)) = from.next_line().await {}
    }
}
