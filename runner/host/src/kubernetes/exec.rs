use super::api_error::kubernetes_error;
use super::pods::text;
use super::step_kubernetes::{StepKubernetes, Target};
use crate::docker::{Operation, OutputPiece, send};
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http::Request as HttpRequest;
use infra_effect::{EffectKind, KubernetesVerb};
use infra_event::{ErrorCode, TaskError};
use infra_gate::Decision;
use kube::client::Connection as Stream;
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message;

/// Pieces of input that wait for the command.
const WAITING: usize = 64;
const PIECE: usize = 32 << 10;
/// An idle connection is kept open by a ping.
const PING: Duration = Duration::from_secs(30);

/// The channels of the protocol `v5.channel.k8s.io`, of which `v4` lacks the last.
const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;
const CLOSE: u8 = 255;

/// A command for a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecRequest {
    /// A pod, or something that has pods.
    pub kind: String,
    /// The context's, where nothing is said.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// The first, where nothing is said.
    pub container: Option<String>,
    /// The program and its arguments.
    pub args: Vec<String>,
    /// Whether its standard input is written.
    pub input: bool,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExecStatus {
    /// The exit code.
    pub code: i32,
    /// From start to end.
    pub duration: Duration,
}

/// What the task says to a command.
enum Input {
    Bytes(Bytes),
    Close,
}

/// A command under way in a container; dropping it closes its connection.
#[derive(Debug)]
pub struct Exec {
    /// Its output. Ends when the command has ended.
    pub output: Operation<OutputPiece>,
    input: Option<Sender<Input>>,
    closes: bool,
    status: watch::Receiver<Option<Result<ExecStatus, TaskError>>>,
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Input")
    }
}

impl StepKubernetes {
    /// Starts a command in a container.
    ///
    /// # Errors
    /// When it is not granted, nothing runs there, or the server does not open a stream.
    pub async fn exec(&self, request: ExecRequest) -> Result<Exec, TaskError> {
        if request.args.is_empty() {
            return Err(
                TaskError::new(ErrorCode::INVALID, "a command in a container needs a program").hint("name it first in `args`")
            );
        }
        let kind = if request.kind.is_empty() { "Pod".to_owned() } else { request.kind.clone() };
        let target = Target { kind, namespace: request.namespace.clone(), name: request.name.clone(), ..Target::default() };
        let located = self.locate(&target).await?;
        let mut effect = self.effect(KubernetesVerb::Exec, located.object());
        effect.command.clone_from(&request.args);
        let permit = match self.admit(EffectKind::KubernetesExec, effect).await? {
            Decision::Perform(permit) => permit,
            Decision::Simulate(simulated) => return Err(simulated.unknown()),
        };
        let doing = format!("run `{}` in {}", request.args[0], located.shown());
        let started = async {
            let pod = self.ready_pod(&located).await?;
            let container = container(&pod, request.container.as_deref())?;
            let path =
                format!("/api/v1/namespaces/{}/pods/{}/exec", text(&pod, "/metadata/namespace"), text(&pod, "/metadata/name"));
            let request = question(&path, &container, &request)?;
            let asked = self.connection.client.connect(request).await;
            asked.map_err(|error| kubernetes_error(&self.connection.context, &doing, &error))
        };
        let stream = match started.await {
            Ok(stream) => stream,
            Err(error) => {
                permit.failed(&error);
                return Err(error);
            }
        };
        let closes = stream.supports_stream_close();
        let (sender, receiver) = mpsc::channel(WAITING);
        let (told, status) = watch::channel(None);
        let begun = Instant::now();
        let output = Operation::start(Some(permit), move |output| async move {
            let ended = talk(stream, receiver, &output, &doing).await;
            let ended = ended.map(|code| ExecStatus { code, duration: begun.elapsed() });
            let _ = told.send(Some(ended.clone()));
            ended.map(drop)
        });
        Ok(Exec { output, input: request.input.then_some(sender), closes, status })
    }
}

fn question(path: &str, container: &str, request: &ExecRequest) -> Result<HttpRequest<Vec<u8>>, TaskError> {
    let mut uri = format!("{path}?container={}&stdout=true&stderr=true", super::request::encoded(container));
    if request.input {
        uri.push_str("&stdin=true");
    }
    for arg in &request.args {
        uri.push_str("&command=");
        uri.push_str(&super::request::encoded(arg));
    }
    HttpRequest::get(uri).body(vec![]).map_err(|error| {
        TaskError::new(ErrorCode::INVALID, format!("the command cannot be sent: {error}")).hint("it may be too long")
    })
}

/// The container that is meant: as kubectl chooses it.
pub(super) fn container(pod: &Value, wanted: Option<&str>) -> Result<String, TaskError> {
    let all = pod.pointer("/spec/containers").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<&str> = all.filter_map(|container| container["name"].as_str()).collect();
    let preferred = text(pod, "/metadata/annotations/kubectl.kubernetes.io~1default-container");
    let chosen = match wanted {
        Some(name) => names.iter().find(|known| **known == name),
        None => names.iter().find(|known| **known == preferred).or(names.first()),
    };
    chosen.map(|name| (*name).to_owned()).ok_or_else(|| {
        let message = format!("the pod {} has no container `{}`", text(pod, "/metadata/name"), wanted.unwrap_or_default());
        TaskError::new(ErrorCode::NOT_FOUND, message).hint(format!("it has {}", names.join(", ")))
    })
}

/// Passes pieces on in both directions until the server says how the command ended.
async fn talk(
    stream: Stream,
    mut input: Receiver<Input>,
    output: &Sender<Result<OutputPiece, TaskError>>,
    doing: &str,
) -> Result<i32, TaskError> {
    let broken = |why: String| {
        TaskError::new(ErrorCode::UNAVAILABLE, format!("cannot {doing}: the connection broke: {why}"))
            .hint("whether the command goes on is not known; look with `kubectl exec`")
    };
    let (mut to_server, mut from_server) = stream.into_stream().split();
    let mut ping = tokio::time::interval(PING);
    ping.reset();
    let mut open = true;
    loop {
        tokio::select! {
            message = from_server.next() => {
                let bytes = match message {
                    Some(Ok(Message::Binary(bytes))) => bytes,
                    Some(Ok(Message::Close(_))) | None => return Err(broken("the server closed it".to_owned())),
                    Some(Ok(_)) => continue,
                    Some(Err(error)) => return Err(broken(error.to_string())),
                };
                let Some((channel, rest)) = bytes.split_first() else { continue };
                let rest = bytes.slice(bytes.len() - rest.len()..);
                let piece = match *channel {
                    STATUS => return exit_code(&rest, doing),
                    STDOUT => OutputPiece::Stdout(rest),
                    STDERR => OutputPiece::Stderr(rest),
                    _ => continue,
                };
                let empty = matches!(&piece, OutputPiece::Stdout(bytes) | OutputPiece::Stderr(bytes) if bytes.is_empty());
                if !empty && !send(output, piece).await {
                    return Err(TaskError::new(ErrorCode::CANCELLED, "the command's output is not read any more"));
                }
            }
            piece = input.recv(), if open => {
                let message = match piece {
                    Some(Input::Bytes(bytes)) => [&[STDIN], &*bytes].concat(),
                    Some(Input::Close) => vec![CLOSE, STDIN],
                    // The task does not write any more, which is not the end of the input: it was not closed.
                    None => {
                        open = false;
                        continue;
                    }
                };
                to_server.send(Message::binary(message)).await.map_err(|error| broken(error.to_string()))?;
            }
            _ = ping.tick() => to_server.send(Message::Ping(Bytes::new())).await.map_err(|error| broken(error.to_string()))?,
        }
    }
}

/// What the status says: success, the exit code of the command, or that it could not be started.
fn exit_code(status: &[u8], doing: &str) -> Result<i32, TaskError> {
    let status: Value = serde_json::from_slice(status).unwrap_or_default();
    if status["status"] == "Success" {
        return Ok(0);
    }
    let causes = status.pointer("/details/causes").and_then(Value::as_array).into_iter().flatten();
    let code =
        causes.into_iter().find(|cause| cause["reason"] == "ExitCode").and_then(|cause| cause["message"].as_str()?.parse().ok());
    code.ok_or_else(|| {
        let why = status["message"].as_str().unwrap_or("the server does not say why");
        TaskError::new(ErrorCode::FAILED, format!("cannot {doing}: {why}")).hint("look whether the container has the program")
    })
}

impl Exec {
    /// Writes to the command's input; waits while much of it is not read.
    ///
    /// # Errors
    /// When there is no input, or the command reads it no longer.
    pub async fn write_input(&mut self, data: &[u8]) -> Result<(), TaskError> {
        let Some(input) = &self.input else {
            return Err(
                TaskError::new(ErrorCode::INVALID, "the command's input is closed").hint("say `input` when it is started")
            );
        };
        for piece in data.chunks(PIECE) {
            if input.send(Input::Bytes(Bytes::copy_from_slice(piece))).await.is_err() {
                return Err(TaskError::new(ErrorCode::INPUT_OUTPUT, "the command does not read its input any more")
                    .hint("look at its output and its exit code"));
            }
        }
        Ok(())
    }

    /// Ends the command's input, where the server can pass that on.
    ///
    /// # Errors
    /// When it cannot: waiting for the command's end would be waiting for ever.
    pub async fn close_input(&mut self) -> Result<(), TaskError> {
        let Some(input) = self.input.take() else { return Ok(()) };
        if !self.closes {
            self.input = Some(input);
            return Err(TaskError::new(
                ErrorCode::UNSUPPORTED,
                "this server cannot end the input of a command: Kubernetes can from 1.30",
            )
            .hint("tell the command how much there is: `head -c SIZE | …`"));
        }
        let _ = input.send(Input::Close).await;
        Ok(())
    }

    /// Waits for the command's end. What it writes must be read meanwhile, or it waits itself.
    ///
    /// # Errors
    /// When nobody knows how it ended.
    pub async fn wait(&mut self) -> Result<ExecStatus, TaskError> {
        let status = self.status.wait_for(Option::is_some).await.ok().and_then(|status| status.clone());
        status.unwrap_or_else(|| Err(TaskError::new(ErrorCode::CANCELLED, "the command was cancelled")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_status_says_how_the_command_ended() {
        let of = |status: Value| exit_code(status.to_string().as_bytes(), "run `x`");
        assert_eq!(of(json!({ "status": "Success" })), Ok(0));
        let failed = json!({ "status": "Failure", "reason": "NonZeroExitCode", "details": { "causes": [{ "reason": "ExitCode", "message": "3" }] } });
        assert_eq!(of(failed), Ok(3));
        let absent = of(json!({ "status": "Failure", "message": "exec: \"x\": not found" })).unwrap_err();
        assert_eq!(absent.message, "cannot run `x`: exec: \"x\": not found");
    }

    #[test]
    fn the_container_is_the_one_that_kubectl_takes() {
        let pod = |default: &str| json!({ "metadata": { "name": "p", "annotations": { "kubectl.kubernetes.io/default-container": default } }, "spec": { "containers": [{ "name": "a" }, { "name": "b" }] } });
        assert_eq!(container(&pod(""), None).unwrap(), "a");
        assert_eq!(container(&pod("b"), None).unwrap(), "b");
        assert_eq!(container(&pod("b"), Some("a")).unwrap(), "a");
        assert_eq!(container(&pod(""), Some("c")).unwrap_err().hint.as_deref(), Some("it has a, b"));
    }
}
