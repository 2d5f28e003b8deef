//! The ends of a pipe, each admitted before anything begins to flow.

use super::filter::Filter;
use super::flow;
use super::piping::{Expected, Piping};
use super::portions::Portions;
use super::said::Said;
use super::sink::Sink;
use super::source::Source;
use crate::State;
use crate::bindings::infra::task::docker::ExecCommand;
use crate::bindings::infra::task::pipe as wit;
use crate::bindings::infra::task::process::{Command, Destination};
use crate::docker::{ExecRequest, StepDocker};
use crate::files::{FileSource, PartialFile};
use crate::http::{self, Exchange, HttpBody, HttpRequest};
use crate::permit_slot::PermitSlot;
use bytes::Bytes;
use infra_effect::{Effect, FileEffect, FileVerb};
use infra_event::{ErrorCode, TaskError};
use infra_gate::Decision;
use std::sync::Arc;

impl State {
    /// Opens both ends. In a plan each is shown, and nothing is begun.
    pub(super) async fn open_pipe(
        &mut self,
        docker: &StepDocker,
        source: wit::Source,
        filters: Vec<wit::Filter>,
        sink: wit::Sink,
        expected: wit::Expectation,
    ) -> Result<Piping, TaskError> {
        let filters = filters.into_iter().map(known).collect::<Result<Vec<_>, _>>()?;
        let expected = Expected { size: expected.size, sha256: expected.sha256 };
        if let wit::Source::ContainerCommand(from) = &source {
            // A sink must not be begun for a source that is refused.
            docker.check_exec(&from.container, &from.command.args).await?;
        }
        let reads = matches!(source, wit::Source::File(_) | wit::Source::ContainerPath(_));
        let (source, sink) = if reads {
            // What only reads has no effect, and may not be there.
            let source = unless_planned(self.open_source(docker, source).await)?;
            (source, unless_planned(self.open_sink(docker, sink).await)?)
        } else {
            let sink = unless_planned(self.open_sink(docker, sink).await)?;
            (unless_planned(self.open_source(docker, source).await)?, sink)
        };
        Ok(Piping::start(source?, filters, sink?, expected))
    }

    /// Opens a response, and a sink for its body.
    pub(super) async fn open_fetch(
        &mut self,
        docker: &StepDocker,
        request: wit::Request,
        filters: Vec<wit::Filter>,
        sink: wit::Sink,
        expected: wit::Expectation,
    ) -> Result<Piping, TaskError> {
        let filters = filters.into_iter().map(known).collect::<Result<Vec<_>, _>>()?;
        let expected = Expected { size: expected.size, sha256: expected.sha256 };
        let exchange = answered(self.step_http().send(http::read(request)?).await?).await?;
        let sink = self.open_sink(docker, sink).await?;
        Ok(Piping::start(Source::Answer(Box::new(exchange)), filters, sink, expected))
    }

    /// Opens a source whose bytes are taken in portions.
    pub(super) async fn open_cut(
        &mut self,
        docker: &StepDocker,
        source: wit::Source,
        filters: Vec<wit::Filter>,
        expected: wit::Expectation,
    ) -> Result<Portions, TaskError> {
        let filters = filters.into_iter().map(known).collect::<Result<Vec<_>, _>>()?;
        let expected = Expected { size: expected.size, sha256: expected.sha256 };
        let source = self.open_source(docker, source).await?;
        let (sender, receiver) = flow::channel();
        Ok(Portions::new(Piping::start(source, filters, Sink::Portions(sender), expected), receiver))
    }

    async fn open_source(&mut self, docker: &StepDocker, source: wit::Source) -> Result<Source, TaskError> {
        match source {
            wit::Source::File(path) => self.open_file(&path).await,
            wit::Source::ContainerCommand(from) => {
                let said = self.said(who(&from.command, &from.container));
                let mut request = request(from.command, false);
                self.exec_secrets(docker, &from.container, &mut request).await?;
                let exec = docker.start_piped_exec(&from.container, request).await?;
                Ok(Source::Exec(Box::new(exec), said))
            }
            wit::Source::ContainerPath(from) => Ok(Source::Archive(docker.files_out(&from.container, &from.path).await?)),
            wit::Source::Program(command) => {
                let said = self.said(format!("the program `{}`", command.program));
                Ok(Source::Program(Box::new(self.launch(piped(command, false)).await?), said))
            }
        }
    }

    async fn open_sink(&mut self, docker: &StepDocker, sink: wit::Sink) -> Result<Sink, TaskError> {
        match sink {
            wit::Sink::File(path) => self.begin_file(&path).await,
            wit::Sink::ContainerCommand(to) => {
                let said = self.said(who(&to.command, &to.container));
                let mut request = request(to.command, true);
                self.exec_secrets(docker, &to.container, &mut request).await?;
                let exec = docker.start_piped_exec(&to.container, request).await?;
                Ok(Sink::Exec(Box::new(exec), said))
            }
            wit::Sink::ContainerPath(to) => Ok(Sink::Archive(docker.files_in(&to.container, &to.path).await?)),
            wit::Sink::Program(command) => {
                let said = self.said(format!("the program `{}`", command.program));
                Ok(Sink::Program(Box::new(self.launch(piped(command, true)).await?), said))
            }
            wit::Sink::Nowhere => Ok(Sink::Nowhere),
        }
    }

    async fn open_file(&mut self, path: &str) -> Result<Source, TaskError> {
        let path = self.resolve(FileVerb::Read, path).await?;
        let permit = match self.ask(FileVerb::Read, &path).await? {
            Decision::Perform(permit) => permit,
            Decision::Simulate(simulated) => return Err(simulated.unknown()),
        };
        if self.gate().gate().overlay().get("file", &path.shown).is_some() {
            let message = format!("what `{}` will hold is unknown until applied", path.shown);
            return permit.end(Err(TaskError::new(ErrorCode::UNKNOWN, message)));
        }
        match tokio::task::spawn_blocking(move || FileSource::open(&path)).await {
            Ok(Ok(file)) => Ok(Source::File(file, PermitSlot::new(Some(permit)))),
            Ok(Err(error)) => permit.end(Err(error)),
            Err(_) => Err(TaskError::new(ErrorCode::CANCELLED, "the runner is ending")),
        }
    }

    async fn begin_file(&mut self, path: &str) -> Result<Sink, TaskError> {
        let path = self.writable(FileVerb::Write, path).await?;
        let permit = match self.ask(FileVerb::Write, &path).await? {
            Decision::Perform(permit) => permit,
            Decision::Simulate(simulated) => return Err(simulated.unknown()),
        };
        let gate = Arc::clone(self.gate());
        let beside = path.shown.rsplit_once('/').map(|(directory, _)| format!("{directory}/")).unwrap_or_default();
        let begun = tokio::task::spawn_blocking(move || {
            PartialFile::create(&path, |name| {
                let effect = FileEffect { verb: FileVerb::Remove, path: format!("{beside}{name}") };
                gate.allows(&Effect::File(effect))
            })
        });
        match begun.await {
            Ok(Ok(file)) => Ok(Sink::file(file, permit)),
            Ok(Err(error)) => permit.end(Err(error)),
            Err(_) => Err(TaskError::new(ErrorCode::CANCELLED, "the runner is ending")),
        }
    }

    fn said(&self, who: String) -> Said {
        Said::new(who, &self.log)
    }
}

/// A request with a portion as its body.
pub(super) fn carrying(data: Bytes, request: wit::Request) -> Result<HttpRequest, TaskError> {
    let request = http::read(request)?;
    if matches!(request.body, HttpBody::None) {
        return Ok(HttpRequest { body: HttpBody::Bytes(data), ..request });
    }
    Err(TaskError::new(ErrorCode::INVALID, "the request has a body of its own").hint("the portion is its body"))
}

/// Bytes of a refusal that are told.
const TOLD: usize = 4096;

/// The response, once its head is a good one.
async fn answered(mut exchange: Exchange) -> Result<Exchange, TaskError> {
    let head = exchange.response().await?;
    if (200..300).contains(&head.status) {
        return Ok(exchange);
    }
    let mut body = Vec::new();
    while let Ok(Some(piece)) = exchange.next().await
        && body.len() < TOLD
    {
        body.extend_from_slice(&piece[..piece.len().min(TOLD - body.len())]);
    }
    let body = String::from_utf8_lossy(&body);
    let first: String = body.trim().chars().take(200).collect();
    let said = if first.is_empty() { String::new() } else { format!(": {first}") };
    Err(TaskError::new(ErrorCode::FAILED, format!("{} answers {}{said}", head.url, head.status))
        .details(serde_json::json!({ "status": head.status, "body": body })))
}

/// In a plan what is not known yet is told after both ends have been shown; any other error at once.
fn unless_planned<T>(end: Result<T, TaskError>) -> Result<Result<T, TaskError>, TaskError> {
    match end {
        Err(error) if error.code != ErrorCode::UNKNOWN => Err(error),
        other => Ok(other),
    }
}

fn who(command: &ExecCommand, container: &str) -> String {
    let program = command.args.first().map(String::as_str).unwrap_or_default();
    format!("the command `{program}` in the container `{container}`")
}

fn request(command: ExecCommand, input: bool) -> ExecRequest {
    let ExecCommand { args, env, user, dir, .. } = command;
    ExecRequest { args, env, user, dir, input }
}

fn piped(command: Command, input: bool) -> Command {
    Command { stdout: Destination::Task, stderr: Destination::Task, input, interactive: false, ..command }
}

fn known(filter: wit::Filter) -> Result<Filter, TaskError> {
    let level = |level: Option<u32>, usual: u32, highest: u32| match level.unwrap_or(usual) {
        level if (1..=highest).contains(&level) => Ok(level),
        level => Err(TaskError::new(ErrorCode::INVALID, format!("there is no level {level}"))
            .hint(format!("choose one from 1 (fast) to {highest} (small)"))),
    };
    Ok(match filter {
        wit::Filter::Gzip(wanted) => Filter::Gzip(level(wanted, 6, 9)?),
        wit::Filter::Zstd(wanted) => Filter::Zstd(i32::try_from(level(wanted, 3, 19)?).unwrap_or(3)),
        wit::Filter::Gunzip => Filter::Gunzip,
        wit::Filter::Unzstd => Filter::Unzstd,
        wit::Filter::Decompress => Filter::Decompress,
    })
}
