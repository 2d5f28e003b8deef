use super::Waiting;
use super::pod_trouble::trouble;
use super::pods::{Pods, text};
use super::read::absent;
use super::request::Request;
use super::step_kubernetes::{Located, StepKubernetes, Target, present};
use super::verdict::{self, Progress, Verdict};
use super::wait_failure::Failed;
use super::warnings::cannot_create;
use crate::docker::{Operation, send};
use infra_effect::{EffectKind, KubernetesVerb};
use infra_event::{ErrorCode, TaskError};
use infra_gate::Permit;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It is there.
    Exists,
    /// The object that is there now is gone.
    Deleted,
    /// What it takes for its kind.
    Ready,
    /// A condition of its status: its type and its status.
    Condition(String, String),
    /// A field and its value.
    Field(String, String),
    /// Its rollout is complete.
    Rollout,
    /// It is a job, and complete.
    Job,
}

impl StepKubernetes {
    /// Waits until an object is as it should be.
    ///
    /// # Errors
    /// When it is not granted, or the object is not there where it must be.
    pub async fn wait(&self, target: &Target, condition: Condition, timeout: Duration) -> Result<Waiting, TaskError> {
        let located = self.locate(target).await?;
        let mut effect = self.effect(KubernetesVerb::Wait, located.object());
        effect.contents = located.resource.is_secret() && matches!(&condition, Condition::Field(..));
        let permit = self.admit_read(EffectKind::KubernetesWait, effect).await?;
        if let Some(planned) = self.planned(&located.object()) {
            // What is planned is taken to become so.
            permit.done(None);
            let there = present(planned).is_some();
            return match there || matches!(condition, Condition::Deleted) {
                true => Ok(Operation::start(None, |_| async { Ok(()) })),
                false => Err(absent(&located)),
            };
        }
        Ok(self.start_wait(Some(permit), &located, condition, timeout))
    }

    /// Waits for an object, as part of another effect.
    pub(super) fn wait_for(&self, located: &Located, condition: Condition, timeout: Duration) -> Waiting {
        self.start_wait(None, located, condition, timeout)
    }

    fn start_wait(&self, permit: Option<Permit>, located: &Located, condition: Condition, timeout: Duration) -> Waiting {
        let wait = Wait {
            step: self.clone(),
            located: located.clone(),
            condition,
            deadline: Instant::now() + timeout,
            timeout,
            troubles: HashMap::new(),
        };
        Operation::start(permit, move |sender| async move { wait.until(&sender).await })
    }
}

struct Wait {
    step: StepKubernetes,
    located: Located,
    condition: Condition,
    deadline: Instant,
    timeout: Duration,
    /// Since when a pod has what trouble.
    troubles: HashMap<(String, String), Instant>,
}

impl Wait {
    async fn until(mut self, sender: &Sender<Result<Progress, TaskError>>) -> Result<(), TaskError> {
        let doing = format!("wait for {}", self.located.shown());
        let request = Request::get(self.located.path(None));
        let mut pause = FIRST_PAUSE;
        let mut last = None;
        let mut first: Option<String> = None;
        loop {
            let found = self.step.connection.find(&doing, &request, self.deadline).await?;
            if let Some(object) = &found {
                first.get_or_insert_with(|| text(object, "/metadata/uid").to_owned());
            }
            let progress = match self.judge(found.as_ref(), first.as_deref())? {
                Verdict::Done => return Ok(()),
                Verdict::Hopeless(why) => return Err(self.failed(found.as_ref(), &why, None).await),
                Verdict::NotYet(progress) => progress,
            };
            if last.as_ref() != Some(&progress) {
                last = Some(progress.clone());
                if !send(sender, progress.clone()).await {
                    return Ok(());
                }
            }
            if let Some(object) = found.as_ref().filter(|_| self.needs_pods())
                && let Some(error) = self.hopeless_pods(object).await?
            {
                return Err(error);
            }
            if self.deadline.saturating_duration_since(Instant::now()).is_zero() {
                return Err(self.late(found.as_ref(), &progress).await);
            }
            tokio::time::sleep_until((Instant::now() + pause).min(self.deadline)).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    fn judge(&self, found: Option<&Value>, first: Option<&str>) -> Result<Verdict, TaskError> {
        let waiting = |message: &str| Verdict::NotYet(Progress { message: message.to_owned(), position: 0, total: None });
        let resource = &self.located.resource;
        let object = match (&self.condition, found) {
            (Condition::Exists, Some(_)) | (Condition::Deleted, None) => return Ok(Verdict::Done),
            (Condition::Exists, None) => return Ok(waiting("it is not there yet")),
            (Condition::Deleted, Some(object)) => {
                // One that has its name since is another.
                let gone = first.is_some_and(|first| first != text(object, "/metadata/uid"));
                let finalizers = object.pointer("/metadata/finalizers").and_then(Value::as_array).map_or(0, Vec::len);
                return Ok(match gone {
                    true => Verdict::Done,
                    false if finalizers > 0 => waiting(&format!("it is still there, held by {finalizers} finalizers")),
                    false => waiting("it is still there"),
                });
            }
            (_, None) => return Err(absent(&self.located)),
            (_, Some(object)) => object,
        };
        Ok(match &self.condition {
            Condition::Exists | Condition::Deleted => Verdict::Done,
            Condition::Ready => verdict::ready(&resource.group, &resource.kind, object),
            Condition::Rollout => verdict::rollout(&resource.kind, object),
            Condition::Job => match resource.is("batch", "Job") {
                true => verdict::job(object),
                false => {
                    return Err(TaskError::new(ErrorCode::INVALID, format!("{} is no job", self.located.shown()))
                        .hint("wait for `ready`, or for a condition"));
                }
            },
            Condition::Condition(kind, status) => verdict::has_condition(object, kind, status),
            Condition::Field(path, value) => verdict::has_field(object, path, value),
        })
    }

    /// Whether what is waited for depends on pods.
    const fn needs_pods(&self) -> bool {
        !matches!(self.condition, Condition::Exists | Condition::Deleted)
    }

    /// Looks at the pods, and at what keeps them from being made.
    async fn hopeless_pods(&mut self, object: &Value) -> Result<Option<TaskError>, TaskError> {
        if self.located.resource.is("", "Service") {
            return Ok(None);
        }
        if !verdict::is_seen(object) {
            // Its pods are those of an older state. A controller that cannot create any may never say that it has seen this one.
            return self.cannot_create(object).await;
        }
        let Some(pods) = self.step.pods_of(&self.located, object, self.deadline).await? else { return Ok(None) };
        let now = Instant::now();
        let mut seen = HashSet::new();
        let mut hopeless = None;
        for pod in &pods.pods {
            let Some(trouble) = trouble(pod) else { continue };
            let uid = text(pod, "/metadata/uid").to_owned();
            // That a pull fails and that it is put off are the same trouble.
            let kind = trouble.what.split(':').next().unwrap_or_default().to_owned();
            let kind = if kind.starts_with("container") { trouble.container.clone().unwrap_or_default() } else { kind };
            let since = *self.troubles.entry((uid.clone(), kind.clone())).or_insert(now);
            seen.insert((uid, kind));
            if now.duration_since(since) >= trouble.patience {
                hopeless.get_or_insert((pod.clone(), trouble));
            }
        }
        self.troubles.retain(|key, _| seen.contains(key));
        if let Some((pod, trouble)) = hopeless {
            let why = format!("its pod {}: {}", text(&pod, "/metadata/name"), trouble.what);
            return Ok(Some(self.failed(Some(object), &why, Some((pod, trouble.container, pods))).await));
        }
        if pods.pods.is_empty() && !self.located.resource.is("apps", "Deployment") {
            return self.cannot_create(object).await;
        }
        Ok(None)
    }

    /// Controllers other than that of Deployments tell only in events that they cannot create pods.
    async fn cannot_create(&self, object: &Value) -> Result<Option<TaskError>, TaskError> {
        let namespace = self.located.namespace.as_deref().unwrap_or_default();
        let Some(why) = cannot_create(&self.step.connection, namespace, object).await else { return Ok(None) };
        Ok(Some(self.failed(Some(object), &format!("its pods cannot be created: {why}"), None).await))
    }

    async fn failed(&self, object: Option<&Value>, why: &str, of_pod: Option<(Value, Option<String>, Pods)>) -> TaskError {
        let message = format!("{} will not be ready: {why}", self.located.shown());
        let error = TaskError::new(ErrorCode::FAILED, message);
        self.explained(error, object, of_pod).await
    }

    async fn late(&self, object: Option<&Value>, progress: &Progress) -> TaskError {
        let message =
            format!("{} is not ready after {:.0} s: {}", self.located.shown(), self.timeout.as_secs_f64(), progress.message);
        let error = TaskError::new(ErrorCode::TIMEOUT, message).retryable();
        self.explained(error, object, None).await
    }

    async fn explained(
        &self,
        error: TaskError,
        object: Option<&Value>,
        of_pod: Option<(Value, Option<String>, Pods)>,
    ) -> TaskError {
        Failed { step: &self.step, located: &self.located, object, of_pod }.explain(error).await
    }
}
