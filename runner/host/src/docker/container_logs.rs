use super::LogStream;
use super::api_error::docker_error;
use super::docker_host::DockerHost;
use super::operation::{Operation, send};
use super::step_docker::{StepDocker, absent, draft};
use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptions;
use bytes::Bytes;
use futures_util::StreamExt as _;
use infra_effect::{DockerObject, DockerVerb, EffectKind};
use infra_event::TaskError;

/// A piece of what a container writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputPiece {
    /// Of its standard output, or its terminal.
    Stdout(Bytes),
    /// Of its standard error.
    Stderr(Bytes),
}

impl From<LogOutput> for OutputPiece {
    fn from(output: LogOutput) -> Self {
        match output {
            LogOutput::StdErr { message } => Self::Stderr(message),
            other => Self::Stdout(other.into_bytes()),
        }
    }
}

/// Which part of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogRequest {
    /// Wait for more.
    pub follow: bool,
    /// The last lines only.
    pub tail: Option<u32>,
    /// Seconds since the Unix epoch.
    pub since: Option<u64>,
    /// Put the time before each line.
    pub timestamps: bool,
}

impl StepDocker {
    /// Reads a container's log.
    ///
    /// # Errors
    /// When it is not granted, or is not there.
    pub async fn read_logs(&self, name: &str, request: LogRequest) -> Result<LogStream, TaskError> {
        let object = DockerObject::Container(name.to_owned());
        let (effect, found) = self.target(EffectKind::ContainerLogs, draft(DockerVerb::Logs, object)).await?;
        let Some(found) = found else { return Err(absent(&effect.object)) };
        let permit = self.admit_read(EffectKind::ContainerLogs, effect).await?;
        if found.planned {
            permit.done(None);
            return Ok(Operation::start(None, |_| async { Ok(()) }));
        }
        let host = self.host.clone();
        Ok(Operation::start(Some(permit), move |sender| async move {
            let doing = format!("read the log of the container `{}`", found.name);
            let connection = host.connection().await?;
            let mut stream = connection.patient.logs(&found.id, Some(options(request)));
            while let Some(piece) = stream.next().await {
                let piece = piece.map_err(|error| host.note(docker_error(&doing, error)))?;
                if !send(&sender, piece.into()).await {
                    break;
                }
            }
            Ok(())
        }))
    }
}

fn options(request: LogRequest) -> LogsOptions {
    LogsOptions {
        follow: request.follow,
        stdout: true,
        stderr: true,
        since: request.since.map_or(0, |since| i32::try_from(since).unwrap_or(i32::MAX)),
        timestamps: request.timestamps,
        tail: request.tail.map_or_else(|| "all".to_owned(), |lines| lines.to_string()),
        ..LogsOptions::default()
    }
}

/// The last lines of a container's log; empty where they cannot be had.
pub(super) async fn last_lines(host: &DockerHost, id: &str, lines: u32) -> Vec<String> {
    let Ok(connection) = host.connection().await else { return vec![] };
    let request = LogRequest { tail: Some(lines), ..LogRequest::default() };
    let mut stream = connection.docker.logs(id, Some(options(request)));
    let mut text = Vec::new();
    while let Some(Ok(piece)) = stream.next().await {
        text.extend_from_slice(&piece.into_bytes());
    }
    String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
}
