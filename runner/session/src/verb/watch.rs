use super::block_on;
use crate::error::{SessionError, end};
use crate::project::load;
use crate::status;
use crate::watched::Watched;
use crate::words::Words;
use crate::{Global, preflight};
use infra_event::ExitCode;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use rustix::process::{Pid, Signal as Sent, kill_process};
use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// A change is taken when nothing more has changed for so long: editors and programs write several files, one after the other.
const SETTLED: Duration = Duration::from_millis(200);

/// `infra watch`
#[derive(Clone, Debug)]
pub struct WatchRequest {
    /// Tasks, and parameters as `NAME=VALUE`.
    pub words: Vec<String>,
    /// What `infra` is called with for each run.
    pub run: Vec<OsString>,
}

/// Runs tasks, and again whenever one of their inputs has changed, until it is interrupted.
#[must_use]
pub fn watch(global: &Global, request: &WatchRequest) -> ExitCode {
    end(global, block_on(watching(global, request)))
}

async fn watching(global: &Global, request: &WatchRequest) -> Result<ExitCode, SessionError> {
    let failed = |error: std::io::Error| SessionError::input_output(format!("signals cannot be heard: {error}"));
    let mut signals = Signals {
        interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
        terminate: signal(SignalKind::terminate()).map_err(failed)?,
        hang_up: signal(SignalKind::hangup()).map_err(failed)?,
    };
    let (sender, paths) = unbounded_channel();
    let mut changes = Changes { paths, first: None, settled: Instant::now() };
    // What is wrong at the start ends the verb; what becomes wrong later is told by the run, and waited for.
    let mut watched = watched(global, request)?;
    status::say(global, format!("Watching {}. Ctrl-C ends it.", watched.in_words()));
    loop {
        // Before the run, so that what changes during it is seen.
        let watcher = look(&watched, &sender)?;
        let mut run = start(request)?;
        let ended = tokio::select! {
            () = run.ended() => Ended::Done,
            path = changes.next(&watched) => Ended::Changed(path),
            signal = signals.next() => Ended::Signal(signal),
        };
        let path = match ended {
            Ended::Signal(signal) => return run.end(signal, &mut signals).await,
            Ended::Changed(path) => {
                status::say(global, format!("{path} has changed: stopping the run."));
                run.stop(Sent::INT);
                tokio::select! {
                    () = run.ended() => {}
                    signal = signals.next() => return run.end(signal, &mut signals).await,
                }
                path
            }
            Ended::Done => tokio::select! {
                path = changes.next(&watched) => path,
                signal = signals.next() => return Ok(signal.exit_code()),
            },
        };
        drop(watcher);
        if let Ok(new) = self::watched(global, request) {
            watched = new;
        }
        status::say(global, format!("{path} has changed: running again."));
    }
}

enum Ended {
    Done,
    Changed(String),
    Signal(Asked),
}

/// Who asks for the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Interrupt,
    Terminate,
}

impl Asked {
    const fn exit_code(self) -> ExitCode {
        match self {
            Self::Interrupt => ExitCode::Interrupted,
            Self::Terminate => ExitCode::Terminated,
        }
    }

    const fn signal(self) -> Sent {
        match self {
            Self::Interrupt => Sent::INT,
            Self::Terminate => Sent::TERM,
        }
    }
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Interrupt,
            _ = self.terminate.recv() => Asked::Terminate,
            _ = self.hang_up.recv() => Asked::Terminate,
        }
    }
}

/// A run: a process of its own, so that it ends as any run does.
struct Run {
    process: Option<Pid>,
    end: oneshot::Receiver<()>,
    has_ended: bool,
}

impl Run {
    async fn ended(&mut self) {
        if !self.has_ended {
            let _ = (&mut self.end).await;
            self.has_ended = true;
        }
    }

    fn stop(&self, signal: Sent) {
        if let Some(process) = self.process.filter(|_| !self.has_ended) {
            let _ = kill_process(process, signal);
        }
    }

    /// Hands each signal on, until the run has ended.
    async fn end(mut self, first: Asked, signals: &mut Signals) -> Result<ExitCode, SessionError> {
        let mut asked = first;
        loop {
            self.stop(asked.signal());
            tokio::select! {
                () = self.ended() => return Ok(first.exit_code()),
                again = signals.next() => asked = again,
            }
        }
    }
}

/// Starts a run in a process group of its own: Ctrl-C reaches it through this process alone.
fn start(request: &WatchRequest) -> Result<Run, SessionError> {
    let failed = |error: std::io::Error| SessionError::input_output(format!("the run cannot be started: {error}"));
    // This program itself, which passes its own gate.
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    let mut child = command.args(&request.run).stdin(Stdio::null()).process_group(0).spawn().map_err(failed)?;
    let process = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let (sender, end) = oneshot::channel();
    // It has told how it ended itself.
    let wait = move || {
        let _ = child.wait();
        let _ = sender.send(());
    };
    std::thread::Builder::new().name("run".to_owned()).spawn(wait).map_err(failed)?;
    Ok(Run { process, end, has_ended: false })
}

/// What the tasks are made from now.
fn watched(global: &Global, request: &WatchRequest) -> Result<Watched, SessionError> {
    let words = Words::parse(&request.words);
    if words.tasks.is_empty() {
        return Err(SessionError::usage("no task is named", "`infra list` shows the tasks: `infra watch TASK`"));
    }
    let infrafile = load(global, words.assignments)?;
    let plan = infra_plan::build(&infrafile, &words.tasks)?;
    // Patterns that an earlier step must name first are not known here.
    let prepared = plan.steps.iter().filter(|step| step.skip.is_none()).filter_map(|step| step.prepare(&preflight::Nothing).ok());
    let watched = Watched::new(&infrafile, prepared.filter_map(|prepared| prepared.up_to_date));
    if watched.is_empty() {
        let tasks = words.tasks.join(", ");
        let hint = "add `inputs = [\"src/**\"]` to the task, or to one that it needs";
        return Err(SessionError::usage(format!("there is nothing to watch: no step of {tasks} says its `inputs`"), hint));
    }
    Ok(watched)
}

/// Looks at the directories in which inputs can be.
fn look(watched: &Watched, sender: &UnboundedSender<PathBuf>) -> Result<RecommendedWatcher, SessionError> {
    let failed = |error: notify::Error| SessionError::Failed {
        message: format!("files cannot be watched: {error}"),
        hint: Some("where the system's limit is reached: sysctl fs.inotify.max_user_watches".to_owned()),
        code: ExitCode::InputOutput,
    };
    let sender = sender.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        if !matches!(event.kind, EventKind::Access(_)) {
            event.paths.into_iter().for_each(|path| drop(sender.send(path)));
        }
    })
    .map_err(failed)?;
    for (directory, deep) in watched.directories() {
        let mode = if deep { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        watcher.watch(&directory, mode).map_err(failed)?;
    }
    Ok(watcher)
}

/// What has changed, and has not been told yet.
struct Changes {
    paths: UnboundedReceiver<PathBuf>,
    /// The first input that has changed.
    first: Option<String>,
    /// When the change is over, if nothing more comes.
    settled: Instant,
}

impl Changes {
    /// Waits until an input has changed, and then until none changes any more. The first path that did. Dropped meanwhile, it loses nothing.
    async fn next(&mut self, watched: &Watched) -> String {
        loop {
            let path = match &self.first {
                None => self.paths.recv().await,
                Some(_) => tokio::time::timeout_at(self.settled, self.paths.recv()).await.unwrap_or_default(),
            };
            let Some(path) = path else {
                if let Some(first) = self.first.take() {
                    return first;
                }
                // The sender lives as long as this.
                std::future::pending::<()>().await;
                continue;
            };
            if let Some(shown) = watched.shown(&path) {
                self.first.get_or_insert(shown);
                self.settled = Instant::now() + SETTLED;
            }
        }
    }
}
