//! The import `pipe` of a component.

use crate::Result;
use crate::bindings::infra::task::pipe as wit;
use crate::docker::ExecCommand;
use crate::host::{ExchangeHandle, PipingHandle, PortionHandle, PortionsHandle};
use crate::http::Request;
use crate::http_wasm::lower;
use crate::pipe::{Expected, Filter, Measured, Position, Sink, Source};
use crate::wasm_host::{Handle, command, exec_command, handle, lift, subscribe};

subscribe! {
    wit::Piping,
}

impl PipingHandle for Handle<wit::Piping> {
    fn next(&self) -> Result<Option<Position>> {
        let position = lift(self.inner.next())?;
        Ok(position.map(|position| Position { read: position.read, written: position.written, total: position.total }))
    }
    fn measured(&self) -> Result<Measured> {
        Ok(measured(lift(self.inner.measured())?))
    }
}

fn measured(measured: wit::Measured) -> Measured {
    Measured {
        read: measured.read,
        read_sha256: measured.read_sha256,
        written: measured.written,
        written_sha256: measured.written_sha256,
        duration_ms: measured.duration_ms,
    }
}

impl PortionsHandle for wit::Portions {
    fn next(&self, size: u64) -> Result<Option<Box<dyn PortionHandle>>> {
        let portion = lift(self.next(size))?;
        Ok(portion.map(|portion| Box::new(portion) as Box<dyn PortionHandle>))
    }
    fn measured(&self) -> Result<Measured> {
        Ok(measured(lift(self.measured())?))
    }
}

impl PortionHandle for wit::Portion {
    fn size(&self) -> u64 {
        self.size()
    }
    fn sha256(&self) -> String {
        self.sha256()
    }
    fn send(&self, request: &Request) -> Result<Box<dyn ExchangeHandle>> {
        Ok(handle(lift(self.send(&lower(request)))?))
    }
}

fn source(source: &Source) -> wit::Source {
    match source {
        Source::File(path) => wit::Source::File(path.clone()),
        Source::ContainerCommand(container, wanted) => wit::Source::ContainerCommand(inside(container, wanted)),
        Source::ContainerPath(container, path) => wit::Source::ContainerPath(place(container, path)),
        Source::Program(wanted) => wit::Source::Program(command(wanted)),
    }
}

fn sink(sink: &Sink) -> wit::Sink {
    match sink {
        Sink::File(path) => wit::Sink::File(path.clone()),
        Sink::ContainerCommand(container, wanted) => wit::Sink::ContainerCommand(inside(container, wanted)),
        Sink::ContainerPath(container, path) => wit::Sink::ContainerPath(place(container, path)),
        Sink::Program(wanted) => wit::Sink::Program(command(wanted)),
        Sink::Nowhere => wit::Sink::Nowhere,
    }
}

fn inside(container: &str, wanted: &ExecCommand) -> wit::ContainerCommand {
    wit::ContainerCommand { container: container.to_owned(), command: exec_command(wanted) }
}

fn place(container: &str, path: &str) -> wit::ContainerPath {
    wit::ContainerPath { container: container.to_owned(), path: path.to_owned() }
}

fn filters(filters: &[Filter]) -> Vec<wit::Filter> {
    let filter = |filter: &Filter| match filter {
        Filter::Gzip(level) => wit::Filter::Gzip(*level),
        Filter::Zstd(level) => wit::Filter::Zstd(*level),
        Filter::Gunzip => wit::Filter::Gunzip,
        Filter::Unzstd => wit::Filter::Unzstd,
        Filter::Decompress => wit::Filter::Decompress,
    };
    filters.iter().map(filter).collect()
}

fn expectation(expected: &Expected) -> wit::Expectation {
    wit::Expectation { size: expected.size, sha256: expected.sha256.clone() }
}

pub(crate) fn start(from: &Source, by: &[Filter], to: &Sink, expected: &Expected) -> Result<Box<dyn PipingHandle>> {
    Ok(handle(lift(wit::start(&source(from), &filters(by), &sink(to), &expectation(expected)))?))
}

pub(crate) fn fetch(from: &Request, by: &[Filter], to: &Sink, expected: &Expected) -> Result<Box<dyn PipingHandle>> {
    Ok(handle(lift(wit::fetch(&lower(from), &filters(by), &sink(to), &expectation(expected)))?))
}

pub(crate) fn cut(from: &Source, by: &[Filter], expected: &Expected) -> Result<Box<dyn PortionsHandle>> {
    Ok(Box::new(lift(wit::cut(&source(from), &filters(by), &expectation(expected)))?))
}
