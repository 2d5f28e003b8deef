use super::docker_host::DockerHost;
use bollard::exec::StartExecResults;
use bollard::models::ExecConfig;
use futures_util::StreamExt as _;
use infra_event::{EffectId, ErrorCode, RunId, TaskError};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;

/// How often a command that is being killed is looked at, and how long in between.
const LOOKS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(100);
/// Looks after which a command that was never seen to run counts as never started.
const LOOKS_FOR_START: u32 = 5;
const VARIABLE: &str = "INFRA_EXEC";
/// Kills every process of the container whose environment has the mark. `$1` is the mark. A shell drops the zero bytes between the
/// variables, which `grep` in small images stops at.
const SCRIPT: &str = r#"for p in /proc/[0-9]*; do case "$(cat "$p/environ" 2>/dev/null)" in *"$1"*) kill -9 "${p#/proc/}" 2>/dev/null; esac; done; true"#;

/// The same with TERM for the one of them that nothing in the container has started.
const ASK: &str = r#"for p in /proc/[0-9]*; do case "$(cat "$p/environ" 2>/dev/null)" in *"$1"*) grep -q '^PPid:[[:space:]]*0$' "$p/status" && kill -15 "${p#/proc/}" 2>/dev/null; esac; done; true"#;

/// The environment variable that finds a command's processes again: the daemon cannot end an exec, and after a crash its id is lost.
pub(super) fn mark(run: &RunId, effect: EffectId) -> String {
    format!("{VARIABLE}={run}.{effect}.")
}

/// Kills a command in a container, once, when its handle is dropped or its step is cancelled.
///
/// The daemon has no call for it. Where the daemon runs on this machine, the processes that descend from the exec's, or have its mark, and
/// are in the container's control group, are killed directly. Elsewhere, or where that is not permitted, a second exec kills by the mark
/// from within; that needs a shell and `cat` in the container.
#[derive(Debug)]
pub(super) struct Kill {
    host: Arc<DockerHost>,
    container: String,
    mark: String,
    /// How long the command has after TERM.
    grace: Duration,
    runtime: Handle,
    state: Mutex<State>,
    dead: watch::Sender<bool>,
    failure: Mutex<Option<TaskError>>,
}

#[derive(Debug, Default)]
struct State {
    exec: Option<String>,
    begun: bool,
}

impl Kill {
    pub(super) fn new(host: Arc<DockerHost>, container: String, mark: String, grace: Duration) -> Arc<Self> {
        let (state, failure) = (Mutex::default(), Mutex::default());
        Arc::new(Self {
            host,
            container,
            mark,
            grace,
            runtime: Handle::current(),
            state,
            dead: watch::Sender::new(false),
            failure,
        })
    }

    /// From here on there is something to kill.
    pub(super) fn begins(&self, exec: String) {
        if let Ok(mut state) = self.state.lock() {
            state.exec = Some(exec);
        }
    }

    /// The command has ended by itself, or never began.
    pub(super) fn not_needed(&self) {
        self.dead.send_replace(true);
    }

    /// Waits until the command has ended.
    pub(super) async fn until_dead(&self) {
        let _ = self.dead.subscribe().wait_for(|dead| *dead).await;
    }

    /// Begins to kill, where that is needed.
    pub(super) fn begin(self: &Arc<Self>) {
        let Ok(mut state) = self.state.lock() else { return };
        if state.begun || *self.dead.borrow() {
            return;
        }
        state.begun = true;
        let (kill, exec) = (Arc::clone(self), state.exec.clone());
        self.runtime.spawn(async move {
            if let Some(exec) = exec
                && let Err(error) = kill.until_ended(&exec).await
                && let Ok(mut failure) = kill.failure.lock()
            {
                *failure = Some(error);
            }
            kill.not_needed();
        });
    }

    /// Kills, and waits until that is done.
    pub(super) async fn finish(self: &Arc<Self>) -> Result<(), TaskError> {
        self.begin();
        self.until_dead().await;
        self.failure.lock().ok().and_then(|mut failure| failure.take()).map_or(Ok(()), Err)
    }

    async fn until_ended(&self, exec: &str) -> Result<(), TaskError> {
        let local = self.host.connection().await?.local;
        let mut seen = false;
        let mut asked = self.grace.is_zero();
        let mut looks = 0..LOOKS;
        let patience = tokio::time::Instant::now() + self.grace;
        while let Some(look) = looks.next() {
            let id = exec.to_owned();
            let doing = "look at a command in a container";
            let found = self.host.inspection(doing, |docker| async move { docker.inspect_exec(&id).await }).await;
            let found = match found {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(()),
                // The container has ended, and its commands with it.
                Err(error) if error.code == ErrorCode::CONFLICT => return Ok(()),
                Err(error) => return Err(error),
            };
            let runs = found.get("Running").and_then(serde_json::Value::as_bool) == Some(true);
            seen |= runs;
            if !runs && (seen || look >= LOOKS_FOR_START || found.get("ExitCode").is_some()) {
                return Ok(());
            }
            if runs && !asked {
                asked = true;
                self.ask_to_end(found.get("Pid").and_then(serde_json::Value::as_i64), local).await?;
            }
            if runs && tokio::time::Instant::now() < patience {
                looks = 0..LOOKS;
            } else if runs {
                let pid = found.get("Pid").and_then(serde_json::Value::as_i64).unwrap_or(0);
                let (container, mark) = (self.container.clone(), self.mark.clone());
                let killed =
                    local && tokio::task::spawn_blocking(move || kill_here(Some(pid), &container, &mark)).await.unwrap_or(false);
                if !killed {
                    kill_marked(&self.host, &self.container, &self.mark).await?;
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(TaskError::new(ErrorCode::FAILED, format!("a command in the container `{}` does not end", self.container))
            .hint("`docker top CONTAINER` shows it; restart the container to end it"))
    }
}

impl Kill {
    /// Sends TERM to the command itself, not to what it has started: what that does then is the command's to say.
    async fn ask_to_end(&self, pid: Option<i64>, local: bool) -> Result<(), TaskError> {
        let process = pid.filter(|_| local).and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        let here = process.filter(|process| {
            let group = std::fs::read_to_string(format!("/proc/{}/cgroup", process.as_raw_pid()));
            group.is_ok_and(|group| group.contains(&self.container))
        });
        match here.map(|process| kill_process(process, Signal::TERM)) {
            Some(Ok(())) => Ok(()),
            _ => run_within(&self.host, &self.container, &self.mark, ASK).await,
        }
    }
}

/// Kills when it is dropped.
#[derive(Debug)]
pub(super) struct KillOnDrop(pub(super) Arc<Kill>);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        self.0.begin();
    }
}

/// Kills what a lost command has left: from here where the daemon runs on this machine and that is permitted, else from within.
pub(super) async fn kill_lost(host: &DockerHost, container: &str, mark: &str) -> Result<(), TaskError> {
    let local = host.connection().await?.local;
    // A command that only now starts does not have its mark yet.
    for _ in 0..LOOKS_FOR_START {
        let (id, text) = (container.to_owned(), mark.to_owned());
        let killed = local && tokio::task::spawn_blocking(move || kill_here(None, &id, &text)).await.unwrap_or(false);
        if !killed {
            match kill_marked(host, container, mark).await {
                // The container has ended or is gone since it was looked at, and its commands with it.
                Err(error) if [ErrorCode::CONFLICT, ErrorCode::NOT_FOUND].contains(&error.code.as_str()) => return Ok(()),
                result => result?,
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Kills the process, those that descend from it, and those with the mark, as far as they are in the container. False where that cannot
/// be done from here.
fn kill_here(pid: Option<i64>, container: &str, mark: &str) -> bool {
    let mut parents = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse::<i64>().ok()) else { continue };
        let read = |file: &str| std::fs::read(entry.path().join(file)).unwrap_or_default();
        if !String::from_utf8_lossy(&read("cgroup")).contains(container) {
            continue;
        }
        let stat = String::from_utf8_lossy(&read("stat")).into_owned();
        // The name, in parentheses, may hold anything; the state and the parent come after it.
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<i64>().ok()).unwrap_or(0);
        let environment = match std::fs::read(entry.path().join("environ")) {
            Ok(environment) => environment,
            // Without a process to begin from, the mark is all there is.
            Err(error) if pid.is_none() && error.kind() == std::io::ErrorKind::PermissionDenied => return false,
            Err(_) => Vec::new(),
        };
        let marked = environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes());
        parents.insert(process, (parent, marked));
    }
    if parents.is_empty() || pid.is_some_and(|pid| !parents.contains_key(&pid)) {
        return false;
    }
    let descends = |process: i64| {
        std::iter::successors(Some(process), |process| parents.get(process).map(|(parent, _)| *parent))
            .take(1000)
            .any(|one| Some(one) == pid)
    };
    parents.iter().filter(|(process, (_, marked))| *marked || descends(**process)).all(|(process, _)| {
        let process = i32::try_from(*process).ok().and_then(Pid::from_raw);
        process
            .is_some_and(|process| !matches!(kill_process(process, Signal::KILL), Err(error) if error != rustix::io::Errno::SRCH))
    })
}

/// Kills from within the container every process whose environment has the mark.
async fn kill_marked(host: &DockerHost, container: &str, mark: &str) -> Result<(), TaskError> {
    run_within(host, container, mark, SCRIPT).await
}

async fn run_within(host: &DockerHost, container: &str, mark: &str, script: &str) -> Result<(), TaskError> {
    let command = ["/bin/sh", "-c", script, "sh", mark].map(str::to_owned).to_vec();
    let config =
        ExecConfig { attach_stdout: Some(true), cmd: Some(command), user: Some("0".to_owned()), ..ExecConfig::default() };
    let container = container.to_owned();
    let request = |docker: bollard::Docker| async move {
        let exec = docker.create_exec(&container, config).await?;
        if let StartExecResults::Attached { mut output, .. } = docker.start_exec(&exec.id, None).await? {
            while output.next().await.is_some() {}
        }
        Ok(())
    };
    host.call("kill a command in a container", request).await
}
