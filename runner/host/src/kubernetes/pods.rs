use super::request::{Request, soon};
use super::selector::selector;
use super::step_kubernetes::{Located, StepKubernetes};
use infra_event::{ErrorCode, TaskError};
use serde_json::Value;
use tokio::time::Instant;

/// The pods of a workload.
#[derive(Clone, Debug, Default)]
pub(super) struct Pods {
    pub(super) pods: Vec<Value>,
    /// What stands between: the newest ReplicaSet of a Deployment.
    pub(super) between: Option<String>,
}

impl StepKubernetes {
    /// The pods of an object: itself where it is one, those of its newest revision where it is a workload, those that a Service selects.
    /// None where it has none.
    pub(super) async fn pods_of(&self, located: &Located, object: &Value, deadline: Instant) -> Result<Option<Pods>, TaskError> {
        if located.resource.is("", "Pod") {
            return Ok(Some(Pods { pods: vec![object.clone()], between: None }));
        }
        let (Some(selector), Some(namespace)) = (selector(object), located.namespace.as_deref()) else { return Ok(None) };
        let mut pods = self.select_pods(namespace, &selector, deadline).await?;
        let kind = located.resource.kind.as_str();
        let uid = object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
        let label = |pod: &Value, key: &str, value: &str| {
            pod.pointer("/metadata/labels").and_then(|labels| labels.get(key)).is_some_and(|found| found == value)
        };
        let mut between = None;
        match (located.resource.group.as_str(), kind) {
            ("apps", "Deployment") => {
                let newest = self.history(located, object).await?.pop();
                pods.retain(|pod| newest.as_ref().is_some_and(|newest| label(pod, "pod-template-hash", &newest.hash)));
                between = newest.map(|newest| newest.uid);
            }
            ("apps", "DaemonSet") => {
                let newest = self.history(located, object).await?.pop();
                pods.retain(|pod| newest.as_ref().is_some_and(|newest| label(pod, "controller-revision-hash", &newest.hash)));
            }
            ("apps", "StatefulSet") => {
                let newest = object.pointer("/status/updateRevision").and_then(Value::as_str).unwrap_or_default();
                pods.retain(|pod| label(pod, "controller-revision-hash", newest));
            }
            ("batch", "Job") | ("apps", "ReplicaSet") => pods.retain(|pod| {
                let owners = pod.pointer("/metadata/ownerReferences").and_then(Value::as_array);
                owners.into_iter().flatten().any(|owner| owner["uid"] == uid)
            }),
            _ => {}
        }
        Ok(Some(Pods { pods, between }))
    }

    /// The pods of a namespace that have these labels.
    pub(super) async fn select_pods(&self, namespace: &str, selector: &str, deadline: Instant) -> Result<Vec<Value>, TaskError> {
        let request = Request::get(format!("/api/v1/namespaces/{namespace}/pods")).with("labelSelector", selector);
        let list = self.connection.send("list pods", &request, deadline).await?;
        Ok(list["items"].as_array().cloned().unwrap_or_default())
    }

    /// A pod of an object that is ready, the newest first.
    pub(super) async fn ready_pod(&self, located: &Located) -> Result<Value, TaskError> {
        let object = self.live(located).await?.ok_or_else(|| super::read::absent(located))?;
        let Some(Pods { mut pods, .. }) = self.pods_of(located, &object, soon()).await? else {
            return Err(TaskError::new(ErrorCode::INVALID, format!("{} has no pods", located.shown()))
                .hint("name a pod, a workload or a Service"));
        };
        pods.retain(|pod| pod.pointer("/metadata/deletionTimestamp").is_none() && is_running(pod));
        pods.sort_by_key(|pod| {
            (is_ready(pod), pod.pointer("/metadata/creationTimestamp").and_then(Value::as_str).unwrap_or_default().to_owned())
        });
        pods.pop().ok_or_else(|| {
            TaskError::new(ErrorCode::UNAVAILABLE, format!("{} has no pod that runs", located.shown()))
                .hint("`kubectl get pods` shows how its pods are")
                .retryable()
        })
    }
}

pub(super) fn is_running(pod: &Value) -> bool {
    pod.pointer("/status/phase").is_some_and(|phase| phase == "Running")
}

pub(super) fn is_ready(pod: &Value) -> bool {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// Text at a place of an object.
pub(super) fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
