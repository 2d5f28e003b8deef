//! Programs: named, checked, then started in confinement.

mod confinement;
mod denial;
mod environment;
mod launch;
mod lookup;
mod options;
mod output;
mod running;
mod scratch;
mod secrets;
mod supervisor;

pub(crate) use running::ProgramInput;
pub use running::Running;
pub(crate) use scratch::Scratches;

use crate::bindings::infra::task::process::{Command, Completed, Host, HostRunning};
use crate::bindings::infra::task::types::{Error, ExitStatus, Output};
use crate::error_conversion::wit_error;
use crate::{State, World};
use infra_event::{ErrorCode, TaskError};
use wasmtime::component::Resource;
use wasmtime_wasi::p2::{DynPollable, subscribe};

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl Host for State {
    async fn run(&mut self, command: Command) -> Answer<Completed> {
        self.count()?;
        Ok(self.complete(command).await.map_err(wit_error))
    }

    async fn start(&mut self, command: Command) -> Answer<Resource<Running>> {
        self.count()?;
        match self.launch(command).await {
            Ok(running) => Ok(Ok(self.table.push(running)?)),
            Err(error) => Ok(Err(wit_error(error))),
        }
    }

    async fn find(&mut self, program: String) -> Answer<Option<String>> {
        self.count()?;
        // What lies where on this machine is told of programs in `PATH`, and of those that the task may start.
        let effect = infra_effect::ProcessEffect { program: program.clone(), ..Default::default() };
        let granted = self.gate.grants().process.iter().any(|grant| {
            let any = infra_effect::ProcessGrant { args: infra_effect::ArgumentPatterns::any(), ..grant.clone() };
            any.allows(&effect)
        });
        if program.contains('/') && !granted {
            let message = format!("whether there is a program `{program}` is told only where it is granted");
            let hint =
                format!("add to the task's `allow`, if it shall: process = [{{ program = {} }}]", serde_json::json!(program));
            return Ok(Err(wit_error(TaskError::new(ErrorCode::DENIED, message).hint(hint))));
        }
        self.gate.remember(|trace| trace.others.push(format!("it looked for the program `{program}`")));
        let found = lookup::find(&program, self.world.programs.path(), &self.world.paths);
        Ok(Ok(found.map(|path| path.to_string_lossy().into_owned())))
    }
}

impl World {
    /// The file of a program, by the name that a task gives it.
    #[must_use]
    pub fn find_program(&self, name: &str) -> Option<std::path::PathBuf> {
        lookup::find(name, self.programs.path(), &self.paths)
    }
}

impl State {
    /// How a program ended, for the task. Where the clock stands, it took no time.
    fn as_seen(&self, status: ExitStatus) -> ExitStatus {
        if self.frozen { ExitStatus { duration_ms: 0, ..status } } else { status }
    }

    /// Runs a program to its end.
    pub(crate) async fn complete(&mut self, command: Command) -> Result<Completed, TaskError> {
        let limit = self.message_limit() / 2;
        let mut running = self.launch(command).await?;
        running.close_input();
        let (mut stdout, mut stderr, mut truncated) = (Vec::new(), Vec::new(), false);
        while let Some(output) = running.next_shown().await {
            let (kept, bytes) = match &output {
                Output::Stdout(bytes) => (&mut stdout, bytes),
                Output::Stderr(bytes) => (&mut stderr, bytes),
            };
            let room = limit.saturating_sub(kept.len()).min(bytes.len());
            truncated |= room < bytes.len();
            kept.extend_from_slice(&bytes[..room]);
        }
        let status = running.wait().await?;
        let status = self.as_seen(status);
        Ok(Completed { status, stdout, stderr, truncated })
    }
}

impl HostRunning for State {
    async fn next_output(&mut self, running: Resource<Running>) -> Answer<Option<Output>> {
        self.count()?;
        Ok(Ok(self.table.get_mut(&running)?.next_shown().await))
    }

    async fn write_input(&mut self, running: Resource<Running>, data: Vec<u8>) -> Answer<()> {
        self.count()?;
        Ok(self.table.get_mut(&running)?.write(&data).await.map_err(wit_error))
    }

    async fn close_input(&mut self, running: Resource<Running>) -> Answer<()> {
        self.count()?;
        self.table.get_mut(&running)?.close_input();
        Ok(Ok(()))
    }

    async fn signal(&mut self, running: Resource<Running>, name: String) -> Answer<()> {
        self.count()?;
        let running = self.table.get(&running)?;
        Ok(match signal_number(&name) {
            Some(number) => {
                running.signal(number);
                Ok(())
            }
            None => Err(wit_error(
                TaskError::new(ErrorCode::INVALID, format!("`{name}` is not the name of a signal"))
                    .hint("write it without `SIG`: `TERM`, `INT`, `HUP`, `QUIT`, `KILL`, `USR1`, `USR2`"),
            )),
        })
    }

    async fn wait(&mut self, running: Resource<Running>) -> Answer<ExitStatus> {
        self.count()?;
        let running = self.table.get_mut(&running)?;
        running.close_input();
        while running.next().await.is_some() {}
        let status = running.wait().await;
        Ok(status.map(|status| self.as_seen(status)).map_err(wit_error))
    }

    async fn subscribe(&mut self, running: Resource<Running>) -> wasmtime::Result<Resource<DynPollable>> {
        self.count()?;
        subscribe(&mut self.table, running)
    }

    async fn drop(&mut self, running: Resource<Running>) -> wasmtime::Result<()> {
        let running = self.table.delete(running)?;
        running.stop().await;
        Ok(())
    }
}

/// POSIX.1-2017, `signal.h`, without those that a task has no use for.
fn signal_number(name: &str) -> Option<i32> {
    use rustix::process::Signal;
    let signal = match name {
        "HUP" => Signal::HUP,
        "INT" => Signal::INT,
        "QUIT" => Signal::QUIT,
        "KILL" => Signal::KILL,
        "TERM" => Signal::TERM,
        "USR1" => Signal::USR1,
        "USR2" => Signal::USR2,
        "CONT" => Signal::CONT,
        "STOP" => Signal::STOP,
        "WINCH" => Signal::WINCH,
        _ => return None,
    };
    Some(signal.as_raw())
}
