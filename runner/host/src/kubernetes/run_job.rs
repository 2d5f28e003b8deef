use super::apply_set::MANAGER;
use super::connection::Connection;
use super::logs::{LogLine, LogRequest};
use super::request::{Request, soon};
use super::resource::Resource;
use super::step_kubernetes::{Located, StepKubernetes, Target};
use super::wait::Condition;
use crate::docker::{Operation, send};
use infra_effect::{EffectKind, KubernetesVerb};
use infra_event::{ErrorCode, RunId, TaskError};
use infra_gate::Decision;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The labels that find a job again: the run and the effect that made it.
const RUN: &str = "infra.dev/run";
const EFFECT: &str = "infra.dev/effect";

/// A job under way. It is deleted at its end, and where this is dropped.
#[derive(Debug)]
pub struct JobRun {
    /// What its pods write.
    pub lines: Operation<LogLine>,
}

impl StepKubernetes {
    /// Creates a job, reads what its pods write, tells how it ended, and deletes it.
    ///
    /// # Errors
    /// When it is not granted, or the manifest is no job.
    pub async fn run_job(&self, manifest: &str, namespace: Option<&str>, timeout: Duration) -> Result<JobRun, TaskError> {
        let wrong = |what: &str| TaskError::new(ErrorCode::INVALID, what.to_owned()).hint("give a manifest of the kind Job");
        let mut job: Value =
            serde_json::from_str(manifest).map_err(|error| wrong(&format!("the manifest of the job is no JSON: {error}")))?;
        if job["kind"] != "Job" || job.pointer("/spec/template").is_none() {
            return Err(wrong("the manifest is of no Job"));
        }
        let own = job.pointer("/metadata/namespace").and_then(Value::as_str).map(str::to_owned);
        let name = job.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let target = Target {
            api_version: job["apiVersion"].as_str().map(str::to_owned),
            kind: "Job".to_owned(),
            namespace: own.or_else(|| namespace.map(str::to_owned)),
            name,
        };
        let located = self.locate(&target).await?;
        let mut effect = self.effect(KubernetesVerb::Run, located.object());
        let containers = job.pointer("/spec/template/spec/containers").and_then(Value::as_array).into_iter().flatten();
        effect.note = containers.filter_map(|container| container["image"].as_str()).collect::<Vec<_>>().join(", ");
        self.refuse_early(EffectKind::KubernetesRun, &effect).await?;
        if self.look(&located).await?.is_some() {
            return Err(TaskError::new(ErrorCode::CONFLICT, format!("there is {} already", located.shown()))
                .hint("delete it first, or give the job another name"));
        }
        job["metadata"]["namespace"] = json!(located.namespace);
        let mut permit = match self.admit(EffectKind::KubernetesRun, effect).await? {
            Decision::Perform(permit) => permit,
            Decision::Simulate(_) => {
                let request = Request::post(located.resource.path(located.namespace.as_deref(), None, None), &job)
                    .with("fieldManager", MANAGER)
                    .with("dryRun", "All");
                let doing = format!("rehearse {}", located.shown());
                // The namespace may only be planned.
                self.connection.find(&doing, &request, soon()).await?;
                return Ok(JobRun { lines: Operation::start(None, |_| async { Ok(()) }) });
            }
        };
        // What was half done is found again by its labels, and what nobody finds goes by itself.
        if job.pointer("/spec/ttlSecondsAfterFinished").is_none() {
            job["spec"]["ttlSecondsAfterFinished"] = json!(3600);
        }
        job["metadata"]["labels"][RUN] = json!(self.run.to_string());
        job["metadata"]["labels"][EFFECT] = json!(permit.id().to_string());
        let (step, place, id) = (self.clone(), located.clone(), permit.id().to_string());
        permit.on_cancel(move || Box::pin(async move { step.remove_job(&place, &id).await }));
        let (step, id) = (self.clone(), permit.id().to_string());
        let lines = Operation::start(Some(permit), move |sender| async move {
            let ended = step.follow(&located, &job, timeout, &sender).await;
            // A job that was made goes whatever became of it.
            let removed = step.remove_job(&located, &id).await;
            ended.and(removed)
        });
        Ok(JobRun { lines })
    }

    async fn follow(
        &self,
        located: &Located,
        job: &Value,
        timeout: Duration,
        sender: &tokio::sync::mpsc::Sender<Result<LogLine, TaskError>>,
    ) -> Result<(), TaskError> {
        let path = located.resource.path(located.namespace.as_deref(), None, None);
        let doing = format!("create {}", located.shown());
        let created = self.connection.send(&doing, &Request::post(path, job).with("fieldManager", MANAGER), soon()).await;
        match created {
            // The answer of an earlier attempt was lost.
            Err(error) if error.code == ErrorCode::CONFLICT && self.is_ours(located, job).await? => {}
            other => drop(other?),
        }
        let mut logs = self.read_logs(located, LogRequest { follow: true, ..LogRequest::default() });
        let mut waiting = self.wait_for(located, Condition::Job, timeout);
        let ended = loop {
            tokio::select! {
                line = logs.next() => match line {
                    Ok(Some(line)) => {
                        if !send(sender, line).await {
                            return Ok(());
                        }
                    }
                    // The pods have ended; the job says how.
                    Ok(None) | Err(_) => break drain(&mut waiting).await,
                },
                state = waiting.next() => match state {
                    Ok(Some(_)) => {}
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                },
            }
        };
        // The last lines may come after the end.
        while let Ok(Ok(Some(line))) = tokio::time::timeout(Duration::from_secs(3), logs.next()).await {
            if !send(sender, line).await {
                break;
            }
        }
        ended
    }

    async fn is_ours(&self, located: &Located, job: &Value) -> Result<bool, TaskError> {
        let found = self.live(located).await?;
        let label = |object: &Value| object.pointer("/metadata/labels").and_then(|labels| labels.get(EFFECT)).cloned();
        Ok(found.is_some_and(|found| label(&found).is_some() && label(&found) == label(job)))
    }

    async fn remove_job(&self, located: &Located, effect: &str) -> Result<(), TaskError> {
        remove_made(&self.connection, &located.resource, located.namespace.as_deref(), &self.run, effect).await.map(drop)
    }
}

/// Deletes the jobs that an effect made; whether there were any.
pub(super) async fn remove_made(
    connection: &Arc<Connection>,
    jobs: &Resource,
    namespace: Option<&str>,
    run: &RunId,
    effect: &str,
) -> Result<bool, TaskError> {
    let doing = "delete a job that has ended";
    let request = Request::get(jobs.path(namespace, None, None)).with("labelSelector", format!("{RUN}={run},{EFFECT}={effect}"));
    let Some(list) = connection.find(doing, &request, soon()).await? else { return Ok(false) };
    let mut any = false;
    for job in list["items"].as_array().into_iter().flatten() {
        let Some(name) = job.pointer("/metadata/name").and_then(Value::as_str) else { continue };
        let body = json!({ "propagationPolicy": "Background" });
        connection.find(doing, &Request::delete(jobs.path(namespace, Some(name), None), &body), soon()).await?;
        any = true;
    }
    Ok(any)
}

async fn drain<T: Send + 'static>(operation: &mut Operation<T>) -> Result<(), TaskError> {
    while operation.next().await?.is_some() {}
    Ok(())
}
