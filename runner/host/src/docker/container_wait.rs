use super::ContainerWait;
use super::container_logs::last_lines;
use super::docker_host::DockerHost;
use super::found::Found;
use super::operation::{Operation, send};
use super::step_docker::{StepDocker, absent, draft};
use infra_effect::{DockerObject, DockerVerb, EffectKind};
use infra_event::{ErrorCode, TaskError};
use infra_gate::StepGate;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Lines of a container's log in an error.
const LINES: u32 = 20;

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It runs.
    Running,
    /// Its health check passes, or it runs and has none.
    Healthy,
    /// It has ended.
    Ended,
}

/// How a container is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateOfContainer {
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited`, `dead`.
    pub status: String,
    /// `starting`, `healthy`, `unhealthy`; none without a health check.
    pub health: Option<String>,
    /// After its end.
    pub exit_code: Option<i32>,
}

impl StepDocker {
    /// Waits until a container is as it should be.
    ///
    /// # Errors
    /// When it is not granted, or is not there.
    pub async fn wait_container(&self, name: &str, condition: Condition, timeout: Duration) -> Result<ContainerWait, TaskError> {
        let object = DockerObject::Container(name.to_owned());
        let (effect, found) = self.target(EffectKind::ContainerWait, draft(DockerVerb::Inspect, object)).await?;
        let Some(found) = found else { return Err(absent(&effect.object)) };
        let permit = self.admit_read(EffectKind::ContainerWait, effect).await?;
        if found.planned {
            permit.done(None);
            return Ok(Operation::start(None, |_| async { Ok(()) }));
        }
        let wait = Wait { host: self.host.clone(), gate: self.gate.clone(), found, condition, timeout };
        Ok(Operation::start(Some(permit), move |sender| async move { wait.until(&sender).await }))
    }
}

struct Wait {
    host: Arc<DockerHost>,
    gate: Arc<StepGate>,
    found: Found,
    condition: Condition,
    timeout: Duration,
}

enum Verdict {
    Holds,
    NotYet,
    Hopeless(&'static str),
}

impl Wait {
    async fn until(self, sender: &Sender<Result<StateOfContainer, TaskError>>) -> Result<(), TaskError> {
        let deadline = Instant::now().checked_add(self.timeout);
        let mut pause = FIRST_PAUSE;
        let mut last = None;
        loop {
            let (id, doing) = (self.found.id.clone(), format!("wait for the container `{}`", self.found.name));
            let inspected =
                self.host.inspection(&doing, |docker| async move { docker.inspect_container(&id, None).await }).await?;
            let Some(inspection) = inspected else {
                // One that removes itself is gone when it has ended.
                return match self.condition {
                    Condition::Ended => Ok(()),
                    _ => Err(absent(&DockerObject::Container(self.found.name.clone()))),
                };
            };
            let state = state(&inspection);
            if last.as_ref() != Some(&state) {
                last = Some(state.clone());
                if !send(sender, state.clone()).await {
                    return Ok(());
                }
            }
            match judge(self.condition, &state) {
                Verdict::Holds => return Ok(()),
                Verdict::Hopeless(why) => {
                    self.host.still_listens(&doing).await?;
                    return Err(self.hopeless(why, &state, &inspection).await);
                }
                Verdict::NotYet => {}
            }
            let left = deadline.map_or(pause, |deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Err(self.late(&state, &inspection).await);
            }
            tokio::time::sleep(pause.min(left)).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    async fn hopeless(&self, why: &str, state: &StateOfContainer, inspection: &Value) -> TaskError {
        let code = state.exit_code.map(|code| format!(" with exit code {code}")).unwrap_or_default();
        let message = format!("the container `{}` {why}{code}", self.found.name);
        self.explained(TaskError::new(ErrorCode::FAILED, message), state, inspection).await
    }

    async fn late(&self, state: &StateOfContainer, inspection: &Value) -> TaskError {
        let health = state.health.as_deref().map(|health| format!(", {health}")).unwrap_or_default();
        let message =
            format!("the container `{}` is {}{health} after {:.1} s", self.found.name, state.status, self.timeout.as_secs_f64());
        self.explained(TaskError::new(ErrorCode::TIMEOUT, message).retryable(), state, inspection).await
    }

    /// With what the container said last, and what its health check said.
    async fn explained(&self, mut error: TaskError, state: &StateOfContainer, inspection: &Value) -> TaskError {
        let mask = |text: &str| self.gate.gate().masker().mask(text).into_owned();
        let log: Vec<String> = last_lines(&self.host, &self.found.id, LINES).await.iter().map(|line| mask(line)).collect();
        let probe = inspection.pointer("/State/Health/Log").and_then(Value::as_array).and_then(|all| all.last());
        let probe = probe.and_then(|probe| probe.get("Output")).and_then(Value::as_str).map(|text| mask(text.trim()));
        if let Some(probe) = probe.as_deref().filter(|probe| !probe.is_empty()) {
            error.message.push_str(&format!("; its health check says: {probe}"));
        }
        if log.is_empty() {
            error.message.push_str("; its log is empty");
        } else {
            error.message.push_str(&format!("; the last lines of its log:\n  {}", log.join("\n  ")));
        }
        let name = &self.found.name;
        let details = json!({ "container": name, "status": state.status, "health": state.health, "container_exit_code": state.exit_code,
            "health_output": probe, "log": log });
        error.hint(format!("`docker logs {name}` shows the whole log")).details(details)
    }
}

fn state(inspection: &Value) -> StateOfContainer {
    let text = |pointer: &str| inspection.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let status = text("/State/Status").unwrap_or_default();
    let health = text("/State/Health/Status").filter(|health| !matches!(health.as_str(), "" | "none"));
    let code = inspection.pointer("/State/ExitCode").and_then(Value::as_i64).and_then(|code| i32::try_from(code).ok());
    let exit_code = code.filter(|_| matches!(status.as_str(), "exited" | "dead"));
    StateOfContainer { status, health, exit_code }
}

fn judge(condition: Condition, state: &StateOfContainer) -> Verdict {
    let ended = matches!(state.status.as_str(), "exited" | "dead" | "removing");
    let runs = state.status == "running";
    match condition {
        Condition::Ended if ended => Verdict::Holds,
        Condition::Ended => Verdict::NotYet,
        _ if ended => Verdict::Hopeless("has ended"),
        Condition::Running if runs => Verdict::Holds,
        Condition::Healthy if runs => match state.health.as_deref() {
            None | Some("healthy") => Verdict::Holds,
            Some("unhealthy") => Verdict::Hopeless("is unhealthy"),
            Some(_) => Verdict::NotYet,
        },
        Condition::Running | Condition::Healthy => Verdict::NotYet,
    }
}
