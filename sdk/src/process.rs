//! Programs, started without a shell. Needs `process` grants. [`cmd!`](crate::cmd) makes a [`Command`].

use crate::host::{self, RunningHandle, Waitable};
use crate::{Error, Result};
use std::time::Duration;

/// Where a stream of a program goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Destination {
    /// To the task.
    Task,
    /// Into the task's log.
    #[default]
    Log,
    /// To both.
    Both,
    /// Nowhere.
    Discard,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExitStatus {
    /// Its exit code, unless a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Milliseconds.
    pub duration_ms: u64,
}

impl ExitStatus {
    /// Whether it ended with 0.
    #[must_use]
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }
}

/// What a program that has ended wrote to the task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completed {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output, where that went to the task.
    pub stdout: Vec<u8>,
    /// Its standard error, where that went to the task.
    pub stderr: Vec<u8>,
    /// More was written than the message limit holds.
    pub truncated: bool,
}

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout(Vec<u8>),
    /// Standard error.
    Stderr(Vec<u8>),
}

/// A program with its arguments, each one argument whatever it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Command {
    /// The program: a name in `PATH`, or a path relative to the project.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Added to its environment.
    pub env: Vec<(String, String)>,
    /// Where it starts, relative to the project's root.
    pub dir: Option<String>,
    /// Where its standard output goes.
    pub stdout: Destination,
    /// Where its standard error goes.
    pub stderr: Destination,
    /// Whether the task writes its standard input.
    pub input: bool,
    /// Whether it gets the terminal.
    pub interactive: bool,
    /// How it is told to end when the step is cancelled: a signal without `SIG`, and how long it has then. TERM and 15 seconds, where
    /// nothing is said.
    pub stop: Option<(String, Duration)>,
    /// It gets a kubeconfig that is made for it: with this context alone, the current one where it is empty.
    pub kubeconfig: Option<String>,
}

impl Command {
    /// A program without arguments; its output goes into the log.
    pub fn new(program: impl Into<String>) -> Self {
        Self { program: program.into(), ..Self::default() }
    }

    /// Also this argument.
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Also these arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Also this variable.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// In this directory.
    pub fn dir(mut self, dir: impl Into<String>) -> Self {
        self.dir = Some(dir.into());
        self
    }

    /// It is told to end by this signal (`INT`, `TERM`, `QUIT`, `HUP`), and has so long then, at most 15 minutes.
    pub fn stop(mut self, signal: &str, grace: Duration) -> Self {
        self.stop = Some((signal.to_owned(), grace));
        self
    }

    /// With a kubeconfig that has this context alone; the current one where nothing is said. Needs a Kubernetes grant with the verb `program`.
    pub fn kubeconfig(mut self, context: Option<&str>) -> Self {
        self.kubeconfig = Some(context.unwrap_or_default().to_owned());
        self
    }

    /// Its `options`, as the WIT package describes them.
    #[cfg(target_family = "wasm")]
    pub(crate) fn options(&self) -> Option<String> {
        let mut options = serde_json::json!({});
        if let Some((signal, grace)) = &self.stop {
            let grace = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
            options["stop"] = serde_json::json!({ "signal": signal, "grace-ms": grace });
        }
        if let Some(context) = &self.kubeconfig {
            options["kubeconfig"] = serde_json::json!(context);
        }
        (self.stop.is_some() || self.kubeconfig.is_some()).then(|| options.to_string())
    }

    /// Runs it; its output goes into the log.
    ///
    /// # Errors
    /// `failed` when it does not end with 0; `denied`, `not-found`.
    pub fn run(self) -> Result<()> {
        let completed = host::with(|host| host.run_command(&self))?;
        self.check(&completed)
    }

    /// Runs it and returns its standard output without the last line end.
    ///
    /// # Errors
    /// As [`Command::run`]; `invalid` when the output is not UTF-8 or is too long.
    pub fn read(mut self) -> Result<String> {
        self.stdout = Destination::Task;
        let completed = host::with(|host| host.run_command(&self))?;
        self.check(&completed)?;
        if completed.truncated {
            return Err(Error::new("limit", format!("`{}` writes more than the task may hold", self.program))
                .hint("raise `limits.message`"));
        }
        let mut text = String::from_utf8(completed.stdout)
            .map_err(|_| Error::new("invalid", format!("the output of `{}` is not UTF-8 text", self.program)))?;
        while text.ends_with(['\n', '\r']) {
            text.pop();
        }
        Ok(text)
    }

    /// Runs it and returns how it ended and what it wrote to the task, whatever the exit code.
    ///
    /// # Errors
    /// `denied`, `not-found`.
    pub fn complete(self) -> Result<Completed> {
        host::with(|host| host.run_command(&self))
    }

    /// Starts it and returns.
    ///
    /// # Errors
    /// `denied`, `not-found`.
    pub fn start(self) -> Result<Running> {
        host::with(|host| host.start_command(&self)).map(Running)
    }

    fn check(&self, completed: &Completed) -> Result<()> {
        let status = completed.status;
        if status.success() {
            return Ok(());
        }
        Err(match (status.code, status.signal) {
            (Some(code), _) => Error::failed(format!("`{}` ended with exit code {code}", self.program))
                .details(serde_json::json!({ "exit_code": code })),
            (None, signal) => Error::failed(format!("`{}` was ended by signal {}", self.program, signal.unwrap_or_default())),
        })
    }
}

/// A program under way. Dropping it ends it.
pub struct Running(Box<dyn RunningHandle>);

impl Running {
    /// The next piece of output; none at the end.
    ///
    /// # Errors
    /// `cancelled`, `input-output`.
    pub fn next_output(&self) -> Result<Option<Output>> {
        self.0.next_output()
    }

    /// Writes to its standard input.
    ///
    /// # Errors
    /// `input-output` when it reads no more.
    pub fn write_input(&self, data: &[u8]) -> Result<()> {
        self.0.write_input(data)
    }

    /// Ends its standard input.
    ///
    /// # Errors
    /// `input-output`.
    pub fn close_input(&self) -> Result<()> {
        self.0.close_input()
    }

    pub(crate) fn handle(&self) -> &dyn RunningHandle {
        &*self.0
    }

    /// Sends a signal by its name without `SIG`.
    ///
    /// # Errors
    /// `invalid` for an unknown name.
    pub fn signal(&self, name: &str) -> Result<()> {
        self.0.signal(name)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// `cancelled`.
    pub fn wait(&self) -> Result<ExitStatus> {
        self.0.wait()
    }
}

impl Waitable for Running {
    fn waitable(&self) -> &dyn std::any::Any {
        self.0.waitable()
    }
}

/// The path of a program, where there is one.
///
/// # Errors
/// `denied`.
pub fn find(program: &str) -> Result<Option<String>> {
    host::with(|host| host.find_program(program))
}
