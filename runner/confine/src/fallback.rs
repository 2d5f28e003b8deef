//! Systems without Landlock and seccomp: programs run unconfined, and [`crate::support`] says so.

use crate::{ConfineError, ExitStatus, Request, Stage, Stdio, Support};
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// Does nothing on this system.
pub fn spawner_main() {}

/// Starts programs.
#[derive(Clone, Debug)]
pub struct Spawner(());

/// A program that was started. Dropping it kills the program.
#[derive(Debug)]
pub struct Running {
    child: Child,
    pid: i32,
    foreground: bool,
    started: Instant,
    ended: bool,
}

/// Nothing.
pub(crate) fn support() -> Support {
    Support::default()
}

impl Spawner {
    /// Needs no process of its own on this system.
    ///
    /// # Errors
    /// None.
    pub fn start() -> Result<Self, ConfineError> {
        Ok(Self(()))
    }

    /// Starts a program, unconfined.
    ///
    /// # Errors
    /// The program cannot be started.
    #[expect(clippy::unused_async, reason = "the same door as on Linux")]
    pub async fn spawn(&self, request: &Request, stdio: Stdio) -> Result<Running, ConfineError> {
        let mut command = Command::new(&request.program);
        if let Some(name) = request.argv.first() {
            command.arg0(name);
        }
        command.args(request.argv.iter().skip(1)).env_clear().envs(request.env.iter().map(|(name, value)| (name, value)));
        command.current_dir(&request.dir).stdin(stdio.stdin).stdout(stdio.stdout).stderr(stdio.stderr).kill_on_drop(true);
        if !request.foreground {
            command.process_group(0);
        }
        let started = Instant::now();
        let child = command.spawn().map_err(|source| ConfineError::NotStarted {
            program: request.program.clone(),
            stage: Stage::Execute,
            source,
        })?;
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).unwrap_or(0);
        Ok(Running { child, pid, foreground: request.foreground, started, ended: false })
    }
}

impl Running {
    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Waits until the program has ended, and kills its process group.
    ///
    /// # Errors
    /// The system does not tell how it ended.
    pub async fn wait(&mut self) -> Result<ExitStatus, ConfineError> {
        let status = self.child.wait().await.map_err(ConfineError::SpawnerGone)?;
        if !self.ended {
            let _ = self.signal(libc::SIGKILL);
        }
        self.ended = true;
        let duration = self.started.elapsed();
        Ok(ExitStatus { code: status.code(), signal: status.signal(), duration, cpu: Duration::ZERO, max_rss: 0, left_alive: 0 })
    }

    /// Sends a signal to the program's process group; in the foreground, to the program alone.
    ///
    /// # Errors
    /// None.
    pub fn signal(&self, signal: i32) -> Result<(), ConfineError> {
        let signal = (1..=31).contains(&signal).then(|| rustix::process::Signal::from_named_raw(signal)).flatten();
        if let (Some(pid), Some(signal), false) = (rustix::process::Pid::from_raw(self.pid), signal, self.ended) {
            let _ = if self.foreground {
                rustix::process::kill_process(pid, signal)
            } else {
                rustix::process::kill_process_group(pid, signal)
            };
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.signal(libc::SIGKILL);
    }
}
