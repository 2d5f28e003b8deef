//! The import `pipe` of a component.

use crate::Result;
use crate::bindings::infra::task::pipe as wit;
use crate::host::PipingHandle;
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
        let measured = lift(self.inner.measured())?;
        Ok(Measured {
            read: measured.read,
            read_sha256: measured.read_sha256,
            written: measured.written,
            written_sha256: measured.written_sha256,
            duration_ms: measured.duration_ms,
        })
    }
}

pub(crate) fn start(source: &Source, filters: &[Filter], sink: &Sink, expected: &Expected) -> Result<Box<dyn PipingHandle>> {
    let inside =
        |container: &String, wanted| wit::ContainerCommand { container: container.clone(), command: exec_command(wanted) };
    let place = |container: &String, path: &String| wit::ContainerPath { container: container.clone(), path: path.clone() };
    let source = match source {
        Source::File(path) => wit::Source::File(path.clone()),
        Source::ContainerCommand(container, wanted) => wit::Source::ContainerCommand(inside(container, wanted)),
        Source::ContainerPath(container, path) => wit::Source::ContainerPath(place(container, path)),
        Source::Program(wanted) => wit::Source::Program(command(wanted)),
    };
    let sink = match sink {
        Sink::File(path) => wit::Sink::File(path.clone()),
        Sink::ContainerCommand(container, wanted) => wit::Sink::ContainerCommand(inside(container, wanted)),
        Sink::ContainerPath(container, path) => wit::Sink::ContainerPath(place(container, path)),
        Sink::Program(wanted) => wit::Sink::Program(command(wanted)),
        Sink::Nowhere => wit::Sink::Nowhere,
    };
    let filters: Vec<wit::Filter> = filters
        .iter()
        .map(|filter| match filter {
            Filter::Gzip(level) => wit::Filter::Gzip(*level),
            Filter::Zstd(level) => wit::Filter::Zstd(*level),
            Filter::Gunzip => wit::Filter::Gunzip,
            Filter::Unzstd => wit::Filter::Unzstd,
            Filter::Decompress => wit::Filter::Decompress,
        })
        .collect();
    let expected = wit::Expectation { size: expected.size, sha256: expected.sha256.clone() };
    Ok(handle(lift(wit::start(&source, &filters, &sink, &expected))?))
}
