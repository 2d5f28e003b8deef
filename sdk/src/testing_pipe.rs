//! Pipes of the stand-in: bytes go through as they are, whatever the filters, and a checksum is a made-up one.

use crate::host::{ExchangeHandle, PipingHandle, PortionHandle, PortionsHandle, Waitable};
use crate::http::{Exchange, Request};
use crate::pipe::{Expected, Filter, Measured, Position, Sink, Source};
use crate::testing::{TestHost, current_host, missing};
use crate::{Error, Result};
use std::any::Any;
use std::cell::RefCell;

struct Piped(Measured);

impl Waitable for Piped {
    fn waitable(&self) -> &dyn Any {
        &()
    }
}

impl PipingHandle for Piped {
    fn next(&self) -> Result<Option<Position>> {
        Ok(None)
    }
    fn measured(&self) -> Result<Measured> {
        Ok(self.0.clone())
    }
}

/// The stand-in's checksum: 64 digits that depend on every byte.
fn checksum(content: &[u8]) -> String {
    let sum = content.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{sum:064x}")
}

pub(crate) fn start(
    host: &TestHost,
    source: &Source,
    filters: &[Filter],
    sink: &Sink,
    expected: &Expected,
) -> Result<Box<dyn PipingHandle>> {
    host.called(format!("pipe {}{} | {}", from(source), through(filters), to(sink)));
    Ok(Box::new(pour(host, content(host, source)?, sink, expected)?))
}

pub(crate) fn fetch(
    host: &TestHost,
    request: &Request,
    filters: &[Filter],
    sink: &Sink,
    expected: &Expected,
) -> Result<Box<dyn PipingHandle>> {
    host.called(format!("pipe {} {}{} | {}", request.method, request.url, through(filters), to(sink)));
    let response = Exchange::new(host.answer_request(request)).read()?.success()?;
    Ok(Box::new(pour(host, response.body, sink, expected)?))
}

pub(crate) fn cut(host: &TestHost, source: &Source, filters: &[Filter], expected: &Expected) -> Result<Box<dyn PortionsHandle>> {
    host.called(format!("pipe {}{} | portions", from(source), through(filters)));
    let content = content(host, source)?;
    let measured = pour(host, content.clone(), &Sink::Nowhere, expected)?.0;
    Ok(Box::new(Cut { left: RefCell::new(content), measured }))
}

fn through(filters: &[Filter]) -> String {
    filters.iter().map(|filter| format!(" | {filter:?}")).collect()
}

fn content(host: &TestHost, source: &Source) -> Result<Vec<u8>> {
    match source {
        Source::File(path) => host.content(path).ok_or_else(|| missing("file", path)),
        Source::ContainerCommand(_, command) => output(host, &command.args.join(" ")),
        Source::ContainerPath(container, path) => {
            let name = format!("{container}:{path}");
            host.content(&name).ok_or_else(|| missing("path", &name))
        }
        Source::Program(command) => {
            let line: Vec<&str> = std::iter::once(&command.program).chain(&command.args).map(String::as_str).collect();
            output(host, &line.join(" "))
        }
    }
}

fn pour(host: &TestHost, content: Vec<u8>, sink: &Sink, expected: &Expected) -> Result<Piped> {
    let (bytes, sum) = (content.len() as u64, checksum(&content));
    if expected.sha256.as_ref().is_some_and(|wanted| *wanted != sum) || expected.size.is_some_and(|size| size != bytes) {
        return Err(Error::new("invalid", "the source is not what was expected"));
    }
    if let Sink::File(path) = sink {
        host.put(path, content);
    }
    Ok(Piped(Measured { read: bytes, read_sha256: sum.clone(), written: bytes, written_sha256: sum, duration_ms: 1 }))
}

struct Cut {
    left: RefCell<Vec<u8>>,
    measured: Measured,
}

struct Part(Vec<u8>);

impl PortionsHandle for Cut {
    fn next(&self, size: u64) -> Result<Option<Box<dyn PortionHandle>>> {
        let mut left = self.left.borrow_mut();
        let length = left.len().min(usize::try_from(size).unwrap_or(usize::MAX));
        let part: Vec<u8> = left.drain(..length).collect();
        Ok((length > 0).then(|| Box::new(Part(part)) as Box<dyn PortionHandle>))
    }
    fn measured(&self) -> Result<Measured> {
        Ok(self.measured.clone())
    }
}

impl PortionHandle for Part {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }
    fn sha256(&self) -> String {
        checksum(&self.0)
    }
    fn send(&self, request: &Request) -> Result<Box<dyn ExchangeHandle>> {
        Ok(current_host().answer_request(request))
    }
}

fn output(host: &TestHost, line: &str) -> Result<Vec<u8>> {
    match host.program(line)? {
        (0, output) => Ok(output.into_bytes()),
        (code, _) => Err(Error::new("failed", format!("`{line}` ended with exit code {code}"))),
    }
}

fn from(source: &Source) -> String {
    match source {
        Source::File(path) => path.clone(),
        Source::ContainerCommand(container, command) => format!("{container}: {}", command.args.join(" ")),
        Source::ContainerPath(container, path) => format!("{container}:{path}"),
        Source::Program(command) => command.program.clone(),
    }
}

fn to(sink: &Sink) -> String {
    match sink {
        Sink::File(path) => path.clone(),
        Sink::ContainerCommand(container, command) => format!("{container}: {}", command.args.join(" ")),
        Sink::ContainerPath(container, path) => format!("{container}:{path}"),
        Sink::Program(command) => command.program.clone(),
        Sink::Nowhere => "nowhere".to_owned(),
    }
}
