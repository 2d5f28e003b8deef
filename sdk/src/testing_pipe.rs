//! Pipes of the stand-in: bytes go through as they are, whatever the filters, and a checksum is a made-up one.

use crate::host::{PipingHandle, Waitable};
use crate::pipe::{Expected, Filter, Measured, Position, Sink, Source};
use crate::testing::{TestHost, missing};
use crate::{Error, Result};
use std::any::Any;

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
    let filters: String = filters.iter().map(|filter| format!(" | {filter:?}")).collect();
    host.called(format!("pipe {}{filters} | {}", from(source), to(sink)));
    let content = match source {
        Source::File(path) => host.content(path).ok_or_else(|| missing("file", path))?,
        Source::ContainerCommand(_, command) => output(host, &command.args.join(" "))?,
        Source::ContainerPath(container, path) => {
            let name = format!("{container}:{path}");
            host.content(&name).ok_or_else(|| missing("path", &name))?
        }
        Source::Program(command) => {
            let line: Vec<&str> = std::iter::once(&command.program).chain(&command.args).map(String::as_str).collect();
            output(host, &line.join(" "))?
        }
    };
    let sum = checksum(&content);
    if expected.sha256.as_ref().is_some_and(|wanted| *wanted != sum)
        || expected.size.is_some_and(|size| size != content.len() as u64)
    {
        return Err(Error::new("invalid", "the source is not what was expected"));
    }
    let bytes = content.len() as u64;
    if let Sink::File(path) = sink {
        host.put(path, content);
    }
    Ok(Box::new(Piped(Measured { read: bytes, read_sha256: sum.clone(), written: bytes, written_sha256: sum, duration_ms: 1 })))
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
