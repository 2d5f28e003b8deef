//! The resources of the interface `kubernetes`: operations under way.

use super::{Applied, Applying, Change, Exec, Forward, JobRun, LogLine, LogStream, Waiting};
use crate::State;
use crate::bindings::infra::task::kubernetes::{
    self as wit, HostApplying, HostExec, HostForward, HostJobRun, HostLogStream, HostWaiting, Pollable,
};
use crate::bindings::infra::task::types::{Error, ExitStatus, Output};
use crate::docker::OutputPiece;
use crate::error_conversion::wit_error;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::subscribe;

type Answer<T> = wasmtime::Result<Result<T, Error>>;

fn applied(applied: Applied) -> wit::Applied {
    wit::Applied {
        api_version: applied.api_version,
        kind: applied.kind,
        namespace: applied.namespace,
        name: applied.name,
        change: match applied.change {
            Change::Created => wit::Change::Created,
            Change::Configured => wit::Change::Configured,
            Change::Unchanged => wit::Change::Unchanged,
            Change::Deleted => wit::Change::Deleted,
        },
        fields: applied.fields.to_string(),
        not_validated: applied.not_validated,
    }
}

fn line(line: LogLine) -> wit::LogLine {
    wit::LogLine { pod: line.pod, container: line.container, text: line.text }
}

impl HostApplying for State {
    async fn next(&mut self, applying: Resource<Applying>) -> Answer<Option<wit::Applied>> {
        self.count()?;
        Ok(self.table().get_mut(&applying)?.next().await.map_err(wit_error).map(|next| next.map(applied)))
    }

    async fn subscribe(&mut self, applying: Resource<Applying>) -> wasmtime::Result<Resource<Pollable>> {
        self.count()?;
        subscribe(self.table(), applying)
    }

    async fn drop(&mut self, applying: Resource<Applying>) -> wasmtime::Result<()> {
        self.table().delete(applying)?;
        Ok(())
    }
}

impl HostWaiting for State {
    async fn next(&mut self, waiting: Resource<Waiting>) -> Answer<Option<wit::Progress>> {
        self.count()?;
        let next = self.table().get_mut(&waiting)?.next().await.map_err(wit_error);
        Ok(next.map(|next| {
            next.map(|progress| wit::Progress { message: progress.message, position: progress.position, total: progress.total })
        }))
    }

    async fn subscribe(&mut self, waiting: Resource<Waiting>) -> wasmtime::Result<Resource<Pollable>> {
        self.count()?;
        subscribe(self.table(), waiting)
    }

    async fn drop(&mut self, waiting: Resource<Waiting>) -> wasmtime::Result<()> {
        self.table().delete(waiting)?;
        Ok(())
    }
}

/// Logs and jobs both yield lines.
macro_rules! lines {
    ($($host:ident for $type:ty, |$stream:ident| $lines:expr;)*) => {
        $(impl $host for State {
            async fn next(&mut self, stream: Resource<$type>) -> Answer<Option<wit::LogLine>> {
                self.count()?;
                Ok({
                    let $stream = self.table().get_mut(&stream)?;
                    $lines.next()
                }.await.map_err(wit_error).map(|next| next.map(line)))
            }

            async fn subscribe(&mut self, stream: Resource<$type>) -> wasmtime::Result<Resource<Pollable>> {
                self.count()?;
                subscribe(self.table(), stream)
            }

            async fn drop(&mut self, stream: Resource<$type>) -> wasmtime::Result<()> {
                self.table().delete(stream)?;
                Ok(())
            }
        })*
    };
}

lines! {
    HostLogStream for LogStream, |stream| stream;
    HostJobRun for JobRun, |job| job.lines;
}

impl HostExec for State {
    async fn next_output(&mut self, exec: Resource<Exec>) -> Answer<Option<Output>> {
        self.count()?;
        let next = self.table().get_mut(&exec)?.output.next().await.map_err(wit_error);
        Ok(next.map(|next| {
            next.map(|piece| match piece {
                OutputPiece::Stdout(bytes) => Output::Stdout(bytes.into()),
                OutputPiece::Stderr(bytes) => Output::Stderr(bytes.into()),
            })
        }))
    }

    async fn write_input(&mut self, exec: Resource<Exec>, data: Vec<u8>) -> Answer<()> {
        self.count()?;
        Ok(self.table().get_mut(&exec)?.write_input(&data).await.map_err(wit_error))
    }

    async fn close_input(&mut self, exec: Resource<Exec>) -> Answer<()> {
        self.count()?;
        Ok(self.table().get_mut(&exec)?.close_input().await.map_err(wit_error))
    }

    async fn wait(&mut self, exec: Resource<Exec>) -> Answer<ExitStatus> {
        self.count()?;
        let status = self.table().get_mut(&exec)?.wait().await.map_err(wit_error);
        Ok(status.map(|status| ExitStatus {
            code: Some(status.code),
            signal: None,
            duration_ms: u64::try_from(status.duration.as_millis()).unwrap_or(u64::MAX),
        }))
    }

    async fn subscribe(&mut self, exec: Resource<Exec>) -> wasmtime::Result<Resource<Pollable>> {
        self.count()?;
        subscribe(self.table(), exec)
    }

    async fn drop(&mut self, exec: Resource<Exec>) -> wasmtime::Result<()> {
        self.table().delete(exec)?;
        Ok(())
    }
}

impl HostForward for State {
    async fn ports(&mut self, forward: Resource<Forward>) -> wasmtime::Result<Vec<u16>> {
        self.count()?;
        Ok(self.table().get(&forward)?.ports.clone())
    }

    async fn next(&mut self, forward: Resource<Forward>) -> Answer<Option<String>> {
        self.count()?;
        Ok(self.table().get_mut(&forward)?.events.next().await.map_err(wit_error))
    }

    async fn subscribe(&mut self, forward: Resource<Forward>) -> wasmtime::Result<Resource<Pollable>> {
        self.count()?;
        subscribe(self.table(), forward)
    }

    async fn drop(&mut self, forward: Resource<Forward>) -> wasmtime::Result<()> {
        self.table().delete(forward)?;
        Ok(())
    }
}

#[wasmtime_wasi::async_trait]
impl wasmtime_wasi::p2::Pollable for Exec {
    async fn ready(&mut self) {
        self.output.ready().await;
    }
}

#[wasmtime_wasi::async_trait]
impl wasmtime_wasi::p2::Pollable for Forward {
    async fn ready(&mut self) {
        self.events.ready().await;
    }
}

#[wasmtime_wasi::async_trait]
impl wasmtime_wasi::p2::Pollable for JobRun {
    async fn ready(&mut self) {
        self.lines.ready().await;
    }
}
