use super::pods::{Pods, text};
use super::request::{Request, soon};
use super::step_kubernetes::{Located, StepKubernetes};
use super::warnings::warnings;
use infra_event::TaskError;
use serde_json::{Value, json};
use std::collections::HashSet;

/// Lines of a log in an error.
const LINES: u32 = 20;

/// What is known of something that was waited for in vain.
pub(super) struct Failed<'w> {
    pub(super) step: &'w StepKubernetes,
    pub(super) located: &'w Located,
    pub(super) object: Option<&'w Value>,
    /// The pod that is to blame, its container, and all pods.
    pub(super) of_pod: Option<(Value, Option<String>, Pods)>,
}

impl Failed<'_> {
    /// The error with the warnings of the object and its pods, and with what the container that is to blame wrote last.
    pub(super) async fn explain(self, mut error: TaskError) -> TaskError {
        let mask = |line: &String| self.step.masker().mask(line).into_owned();
        let pods = match &self.of_pod {
            Some((_, _, pods)) => pods.clone(),
            None => match self.object {
                Some(object) => self.step.pods_of(self.located, object, soon()).await.ok().flatten().unwrap_or_default(),
                None => Pods::default(),
            },
        };
        let uid = |object: &Value| text(object, "/metadata/uid").to_owned();
        let about: HashSet<String> =
            self.object.map(uid).into_iter().chain(pods.between.clone()).chain(pods.pods.iter().map(uid)).collect();
        let namespace = self.located.namespace.as_deref().unwrap_or("default");
        let warned: Vec<String> = warnings(&self.step.connection, namespace, &about).await.iter().map(mask).collect();
        let to_blame = match &self.of_pod {
            Some((pod, container, _)) => Some((pod.clone(), container.clone())),
            None => pods.pods.iter().find_map(ended_badly),
        };
        let mut log: Vec<String> = vec![];
        let mut container_name = None;
        if let Some((pod, container)) = to_blame {
            log = self.last_lines(namespace, &pod, container.as_deref()).await.iter().map(mask).collect();
            container_name = container.map(|container| format!("{}/{container}", text(&pod, "/metadata/name")));
        }
        if !warned.is_empty() {
            error.message.push_str(&format!("; warnings:\n  {}", warned.join("\n  ")));
        }
        if !log.is_empty() {
            let of = container_name.as_deref().map(|name| format!(" of {name}")).unwrap_or_default();
            error.message.push_str(&format!("; the last lines of the log{of}:\n  {}", log.join("\n  ")));
        }
        let plural = self.located.resource.plural.as_str();
        let place = format!("--context {} -n {namespace}", self.step.connection.context);
        error.hint = Some(format!("`kubectl {place} describe {plural} {}` shows more", self.located.name));
        error.details =
            Some(json!({ "object": self.located.shown(), "warnings": warned, "log": log, "container": container_name }));
        error
    }

    /// What a container wrote before it ended last, else what it wrote so far.
    async fn last_lines(&self, namespace: &str, pod: &Value, container: Option<&str>) -> Vec<String> {
        let statuses = pod.pointer("/status/containerStatuses").and_then(Value::as_array).into_iter().flatten();
        let restarted = statuses.into_iter().any(|status| {
            container.is_none_or(|name| status["name"] == name) && status["restartCount"].as_u64().unwrap_or(0) > 0
        });
        for previous in if restarted { [true, false].as_slice() } else { [false].as_slice() } {
            let path = format!("/api/v1/namespaces/{namespace}/pods/{}/log", text(pod, "/metadata/name"));
            let request = Request::get(path)
                .with("tailLines", LINES)
                .with("previous", previous)
                .with_some("container", container)
                .accepting("*/*");
            if let Ok(request) = request.http()
                && let Ok(log) = self.step.connection.client.request_text(request).await
                && !log.trim().is_empty()
            {
                return log.lines().map(str::to_owned).collect();
            }
        }
        vec![]
    }
}

/// A pod with a container that ended with a failure.
fn ended_badly(pod: &Value) -> Option<(Value, Option<String>)> {
    let statuses = pod.pointer("/status/containerStatuses").and_then(Value::as_array)?;
    let failed = statuses.iter().find(|status| {
        ["/state/terminated/exitCode", "/lastState/terminated/exitCode"]
            .iter()
            .any(|place| status.pointer(place).and_then(Value::as_i64).is_some_and(|code| code != 0))
    })?;
    Some((pod.clone(), failed["name"].as_str().map(str::to_owned)))
}
