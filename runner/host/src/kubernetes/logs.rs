use super::LogStream;
use super::api_error::{Again, again, is_absent};
use super::pods::{is_ready, text};
use super::request::{Failure, Request, soon};
use super::resource::check_namespace;
use super::step_kubernetes::{Located, StepKubernetes, Target};
use super::verdict::{self, Verdict};
use crate::docker::{Operation, send};
use futures_util::{AsyncBufReadExt as _, StreamExt as _};
use infra_effect::{EffectKind, KubernetesObject, KubernetesScope, KubernetesVerb};
use infra_event::{ErrorCode, TaskError};
use serde_json::Value;
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;

/// How often it is looked for new pods.
const LOOK: Duration = Duration::from_secs(1);
/// The longest line that is passed on whole.
const LINE: usize = 64 << 10;
/// Logs that are read at once.
const MOST: usize = 50;

/// Which logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogRequest {
    /// A pod or a workload.
    pub kind: String,
    /// The context's, where nothing is said.
    pub namespace: Option<String>,
    /// Empty where there is a selector.
    pub name: String,
    /// As `app=web`.
    pub labels: Option<String>,
    /// All, where nothing is said.
    pub container: Option<String>,
    /// Go on as logs grow.
    pub follow: bool,
    /// Of the container before its last restart.
    pub previous: bool,
    /// The last lines only.
    pub tail: Option<u32>,
    /// Seconds.
    pub since: Option<u32>,
    /// Put the time before each line.
    pub timestamps: bool,
}

/// A line of a container's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// Without its end.
    pub text: String,
}

/// Where pods come from.
enum Source {
    Object(Located),
    Labels(String),
}

impl StepKubernetes {
    /// Reads the logs of a pod, of a workload's pods, or of those with some labels, side by side.
    ///
    /// # Errors
    /// When it is not granted, or nothing is there.
    pub async fn logs(&self, request: LogRequest) -> Result<LogStream, TaskError> {
        let namespace = request.namespace.clone().unwrap_or_else(|| self.connection.namespace.clone());
        check_namespace(&namespace)?;
        let (source, object) = match &request.labels {
            Some(labels) => {
                let pods = KubernetesObject {
                    kind: "Pod".to_owned(),
                    scope: KubernetesScope::Namespace(namespace.clone()),
                    ..KubernetesObject::default()
                };
                (Source::Labels(labels.clone()), pods)
            }
            None => {
                let kind = if request.kind.is_empty() { "Pod" } else { &request.kind };
                let target = Target {
                    kind: kind.to_owned(),
                    namespace: Some(namespace.clone()),
                    name: request.name.clone(),
                    ..Target::default()
                };
                let located = self.locate(&target).await?;
                let object = located.object();
                (Source::Object(located), object)
            }
        };
        let planned = self.planned(&object).is_some();
        let permit = self.admit_read(EffectKind::KubernetesLogs, self.effect(KubernetesVerb::Logs, object)).await?;
        if planned {
            permit.done(None);
            return Ok(Operation::start(None, |_| async { Ok(()) }));
        }
        let reading = Reading { step: self.clone(), source, namespace, request };
        Ok(Operation::start(Some(permit), move |sender| async move { reading.all(&sender).await }))
    }

    /// Reads the logs of an object's pods, as part of another effect.
    pub(super) fn read_logs(&self, located: &Located, request: LogRequest) -> LogStream {
        let namespace = located.namespace.clone().unwrap_or_default();
        let reading = Reading { step: self.clone(), source: Source::Object(located.clone()), namespace, request };
        Operation::start(None, move |sender| async move { reading.all(&sender).await })
    }
}

/// The pods that are there, and whether there will be no others.
struct Found {
    pods: Vec<Value>,
    over: bool,
}

struct Reading {
    step: StepKubernetes,
    source: Source,
    namespace: String,
    request: LogRequest,
}

impl Reading {
    async fn all(self, sender: &Sender<Result<LogLine, TaskError>>) -> Result<(), TaskError> {
        let mut begun: HashSet<(String, String)> = HashSet::new();
        let mut readers = JoinSet::new();
        let mut first = true;
        loop {
            let Found { pods, over } = self.found().await?;
            if first && pods.is_empty() && !self.request.follow {
                return Err(TaskError::new(ErrorCode::NOT_FOUND, "there are no pods whose log could be read")
                    .hint("look at the name or the selector; `kubectl get pods --show-labels` shows what there is"));
            }
            for pod in &pods {
                for container in self.containers(pod)? {
                    let uid = text(pod, "/metadata/uid").to_owned();
                    if begun.len() >= MOST || !has_begun(pod, &container) || !begun.insert((uid, container.clone())) {
                        continue;
                    }
                    let late = !first;
                    let reader = self.reader(text(pod, "/metadata/name").to_owned(), container, late, sender.clone());
                    readers.spawn(reader);
                }
            }
            first = false;
            if !self.request.follow {
                break;
            }
            if over {
                break;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = sender.closed() => return Ok(()),
            }
        }
        while let Some(read) = readers.join_next().await {
            read.map_err(|_| TaskError::new(ErrorCode::CANCELLED, "the runner is ending"))??;
        }
        Ok(())
    }

    async fn found(&self) -> Result<Found, TaskError> {
        let mut over = false;
        let mut pods = match &self.source {
            Source::Labels(labels) => self.step.select_pods(&self.namespace, labels, soon()).await?,
            Source::Object(located) => {
                let Some(object) = self.step.live(located).await? else {
                    return if self.request.follow {
                        Ok(Found { pods: vec![], over: true })
                    } else {
                        Err(super::read::absent(located))
                    };
                };
                // A pod or a job that has ended has no more to say; a workload goes on with other pods.
                over = match (located.resource.group.as_str(), located.resource.kind.as_str()) {
                    ("", "Pod") => matches!(text(&object, "/status/phase"), "Succeeded" | "Failed"),
                    ("batch", "Job") => !matches!(verdict::job(&object), Verdict::NotYet(_)),
                    _ => false,
                };
                match self.step.pods_of(located, &object, soon()).await? {
                    Some(pods) => pods.pods,
                    None => {
                        return Err(TaskError::new(ErrorCode::INVALID, format!("{} has no pods", located.shown()))
                            .hint("name a pod or a workload"));
                    }
                }
            }
        };
        pods.sort_by_key(|pod| (!is_ready(pod), text(pod, "/metadata/name").to_owned()));
        Ok(Found { pods, over })
    }

    fn containers(&self, pod: &Value) -> Result<Vec<String>, TaskError> {
        let lists = ["/spec/initContainers", "/spec/containers"];
        let all = lists.iter().flat_map(|list| pod.pointer(list).and_then(Value::as_array).into_iter().flatten());
        let names: Vec<String> = all.filter_map(|container| container["name"].as_str().map(str::to_owned)).collect();
        match &self.request.container {
            Some(wanted) if names.contains(wanted) => Ok(vec![wanted.clone()]),
            Some(wanted) => {
                let message = format!("the pod {} has no container `{wanted}`", text(pod, "/metadata/name"));
                Err(TaskError::new(ErrorCode::NOT_FOUND, message).hint(format!("it has {}", names.join(", "))))
            }
            None => Ok(names),
        }
    }

    /// Reads one container's log to its end. A connection that breaks is begun again where it was.
    fn reader(
        &self,
        pod: String,
        container: String,
        late: bool,
        sender: Sender<Result<LogLine, TaskError>>,
    ) -> impl Future<Output = Result<(), TaskError>> + Send + 'static {
        let (connection, request) = (self.step.connection.clone(), self.request.clone());
        let path = format!("/api/v1/namespaces/{}/pods/{pod}/log", self.namespace);
        async move {
            let doing = format!("read the log of {pod}/{container}");
            let deadline = soon();
            let mut last: Option<String> = None;
            loop {
                // Of a pod that came later everything is new. Times tell where a broken connection was.
                let fresh = late || last.is_some();
                let asked = Request::get(&path)
                    .with("container", &container)
                    .with("follow", request.follow)
                    .with("previous", request.previous)
                    .with("timestamps", true)
                    .with_some("tailLines", request.tail.filter(|_| !fresh))
                    .with_some("sinceSeconds", request.since.filter(|_| !fresh))
                    .with_some("sinceTime", last.clone())
                    .accepting("*/*");
                let stream = match connection.client.request_stream(asked.http()?).await {
                    Ok(stream) => stream,
                    Err(error) if last.is_some() && is_absent(&error) => return Ok(()),
                    Err(error) if again(&error) == Again::Unreachable && tokio::time::Instant::now() < deadline => {
                        tokio::time::sleep(LOOK).await;
                        continue;
                    }
                    Err(error) => return Err(connection.explain(&doing, Failure::Server(error))),
                };
                let mut lines = std::pin::pin!(stream.lines());
                let (mut broke, resumed) = (false, last.clone());
                while let Some(line) = lines.next().await {
                    let Ok(mut line) = line else {
                        broke = true;
                        break;
                    };
                    let time = line.split(' ').next().unwrap_or_default().to_owned();
                    // The server begins at the second.
                    if resumed.as_deref().is_some_and(|last| !is_after(&time, last)) {
                        continue;
                    }
                    if !request.timestamps {
                        line = line.split_once(' ').map_or("", |(_, text)| text).to_owned();
                    }
                    last = Some(time);
                    cut(&mut line);
                    let line = LogLine { pod: pod.clone(), container: container.clone(), text: line };
                    if !send(&sender, line).await {
                        return Ok(());
                    }
                }
                if !broke {
                    return Ok(());
                }
                tokio::time::sleep(LOOK).await;
            }
        }
    }
}

fn is_after(time: &str, other: &str) -> bool {
    match (time.parse::<jiff::Timestamp>(), other.parse::<jiff::Timestamp>()) {
        (Ok(time), Ok(other)) => time > other,
        _ => true,
    }
}

fn cut(line: &mut String) {
    if line.len() > LINE {
        let end = (0..=LINE).rev().find(|end| line.is_char_boundary(*end)).unwrap_or(0);
        line.truncate(end);
    }
    if line.ends_with('\r') {
        line.pop();
    }
}

/// Whether a container runs or has run: before that there is no log to read.
fn has_begun(pod: &Value, container: &str) -> bool {
    let lists = ["/status/initContainerStatuses", "/status/containerStatuses"];
    let all = lists.iter().flat_map(|list| pod.pointer(list).and_then(Value::as_array).into_iter().flatten());
    all.into_iter().any(|status| {
        status["name"] == container
            && (status.pointer("/state/running").is_some()
                || status.pointer("/state/terminated").is_some()
                || status.pointer("/lastState/terminated").is_some())
    })
}
