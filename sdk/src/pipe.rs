//! Bulk data from one place to another: it never passes through the task. Each end needs its own grant.

use crate::docker::ExecCommand;
use crate::host::{self, PipingHandle, PortionHandle, PortionsHandle, Waitable};
use crate::http::{Exchange, Request};
use crate::process::Command;
use crate::ui::{Progress, Unit};
use crate::{Error, Result};

/// Where the bytes come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file of the project.
    File(String),
    /// What a command in a container writes to its standard output.
    ContainerCommand(String, ExecCommand),
    /// A path in a container, as a tar archive. The container need not run.
    ContainerPath(String, String),
    /// What a program writes to its standard output.
    Program(Command),
}

/// What is done to them on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Compress: 1 is fast, 9 is small.
    Gzip(Option<u32>),
    /// Compress: from 1 to 19.
    Zstd(Option<u32>),
    /// Decompress.
    Gunzip,
    /// Decompress.
    Unzstd,
    /// Decompress what begins as gzip or zstd does.
    Decompress,
}

/// Where they go.
#[derive(Clone, Debug)]
pub enum Sink {
    /// A file of the project: there once it is whole.
    File(String),
    /// The standard input of a command in a container.
    ContainerCommand(String, ExecCommand),
    /// A tar archive into a directory of a container.
    ContainerPath(String, String),
    /// The standard input of a program.
    Program(Command),
    /// Nowhere: they are measured and checked.
    Nowhere,
}

/// What the source must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Bytes.
    pub size: Option<u64>,
    /// SHA-256 in hexadecimal.
    pub sha256: Option<String>,
}

/// How far it is, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Of the source.
    pub read: u64,
    /// Of the sink.
    pub written: u64,
    /// What the source has, where that is known.
    pub total: Option<u64>,
}

/// What went through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Bytes of the source.
    pub read: u64,
    /// Of the source, in hexadecimal.
    pub read_sha256: String,
    /// Bytes of the sink.
    pub written: u64,
    /// Of the sink, in hexadecimal.
    pub written_sha256: String,
    /// From start to end.
    pub duration_ms: u64,
}

/// A pipe under way; dropping it stops it.
pub struct Piping(Box<dyn PipingHandle>);

/// Joins a source to a sink.
///
/// # Errors
/// `denied`, `not-found`, `unavailable`, and in a plan `unknown-until-applied`.
pub fn start(source: &Source, filters: &[Filter], sink: &Sink, expected: &Expected) -> Result<Piping> {
    host::with(|host| host.start_pipe(source, filters, sink, expected)).map(Piping)
}

/// Joins a source to a sink, and shows how far it is until it has ended.
///
/// # Errors
/// As [`start`]; `failed` where an end has failed, `invalid` where the source is not what was expected or its compressed data is
/// truncated or damaged. The sink is then without what has come so far.
pub fn run(label: &str, source: &Source, filters: &[Filter], sink: &Sink, expected: &Expected) -> Result<Measured> {
    start(source, filters, sink, expected)?.shown(label)
}

/// Joins the body of a response to a sink.
///
/// # Errors
/// As [`start`]; `failed` for a status that is not 2xx, with `{"status": …, "body": …}` in its details.
pub fn start_fetch(request: &Request, filters: &[Filter], sink: &Sink, expected: &Expected) -> Result<Piping> {
    host::with(|host| host.fetch_pipe(request, filters, sink, expected)).map(Piping)
}

/// Joins the body of a response to a sink, and shows how far it is until it has ended.
///
/// # Errors
/// As [`start_fetch`] and [`run`].
pub fn fetch(label: &str, request: &Request, filters: &[Filter], sink: &Sink, expected: &Expected) -> Result<Measured> {
    start_fetch(request, filters, sink, expected)?.shown(label)
}

/// A source that is cut into portions; dropping it stops the source.
pub struct Portions(Box<dyn PortionsHandle>);

/// A part of what comes out of a source and its filters. It lies on the runner's side, as long as this or a request with it is there.
pub struct Portion(Box<dyn PortionHandle>);

/// Cuts what comes out of a source and its filters into portions, for a store that takes what is large in parts.
///
/// # Errors
/// As [`start`].
pub fn cut(source: &Source, filters: &[Filter], expected: &Expected) -> Result<Portions> {
    host::with(|host| host.cut_pipe(source, filters, expected)).map(Portions)
}

impl Portions {
    /// The next so many bytes, at most 64 MiB; fewer at the good end of the source, and none after it.
    ///
    /// # Errors
    /// How the source failed; `limit` where there are three portions already.
    pub fn next(&self, size: u64) -> Result<Option<Portion>> {
        Ok(self.0.next(size)?.map(Portion))
    }

    /// What went through, after the end.
    ///
    /// # Errors
    /// `invalid` before the end.
    pub fn measured(&self) -> Result<Measured> {
        self.0.measured()
    }
}

impl Portion {
    /// Bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.0.size()
    }

    /// SHA-256 in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        self.0.sha256()
    }

    /// Starts a request with it as the body. It can be sent again.
    ///
    /// # Errors
    /// `denied`, `invalid`, `unknown-until-applied`.
    pub fn send(&self, request: &Request) -> Result<Exchange> {
        self.0.send(request).map(Exchange::new)
    }
}

impl Piping {
    fn shown(&self, label: &str) -> Result<Measured> {
        let bar = Progress::bar(label, 0, Unit::Bytes);
        bar.total(None);
        while let Some(position) = self.next()? {
            bar.total(position.total);
            bar.position(position.read);
        }
        bar.finish();
        self.measured()
    }

    /// How far it is, a few times a second; none at the good end.
    ///
    /// # Errors
    /// As [`run`].
    pub fn next(&self) -> Result<Option<Position>> {
        self.0.next()
    }

    /// What went through, after the end.
    ///
    /// # Errors
    /// `invalid` before the end.
    pub fn measured(&self) -> Result<Measured> {
        self.0.measured()
    }
}

impl Waitable for Piping {
    fn waitable(&self) -> &dyn std::any::Any {
        self.0.waitable()
    }
}

/// For errors about levels and names of filters.
impl std::str::FromStr for Filter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "gzip" => Ok(Self::Gzip(None)),
            "zstd" => Ok(Self::Zstd(None)),
            other => Err(Error::new("invalid", format!("there is no compression `{other}`: there are gzip and zstd"))),
        }
    }
}
