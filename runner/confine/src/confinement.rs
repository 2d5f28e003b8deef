use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a confined program can reach. Everything that is not named here is refused; add [`crate::base_profile`] for the libraries and
/// devices that nearly every program needs.
///
/// Paths are canonical: a path with a symbolic link in it grants nothing, so that a link that is swapped in later cannot widen the grant.
/// A path that does not exist grants nothing either.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// Files, and folders with all below them, that may be read.
    pub read: Vec<PathBuf>,
    /// Files, and folders with all below them, that may be read, written, created, renamed and removed.
    pub write: Vec<PathBuf>,
    /// Files, and folders with all below them, that may be read and executed. The program itself always may.
    pub execute: Vec<PathBuf>,
    /// The TCP ports that may be connected to.
    pub connect_tcp: TcpPorts,
    /// The TCP ports that may be listened on.
    pub bind_tcp: TcpPorts,
    /// Whether UDP may be used, for example to look up names.
    pub udp: bool,
    /// Limits of what it may use.
    pub limits: ResourceLimits,
    /// A folder of its own, for `HOME` and `TMPDIR`: everything is allowed in it.
    pub scratch: Option<PathBuf>,
}

/// A set of TCP ports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TcpPorts {
    /// These and no others.
    Only(Vec<u16>),
    /// Every port.
    Any,
}

impl TcpPorts {
    /// No port at all.
    #[must_use]
    pub const fn none() -> Self {
        Self::Only(Vec::new())
    }

    /// Whether no port is in the set.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Only(ports) if ports.is_empty())
    }
}

impl Default for TcpPorts {
    fn default() -> Self {
        Self::none()
    }
}

/// Limits of a program's use of the machine. `None` leaves the limit of the runner as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceLimits {
    /// Processor time of each process, in seconds; beyond it the process is killed.
    pub cpu_seconds: Option<u64>,
    /// Address space of each process, in bytes. Runtimes that reserve much and use little (Go, Java, Node) fail early under it.
    pub address_space: Option<u64>,
    /// The largest file that can be written, in bytes.
    pub file_size: Option<u64>,
    /// How many files each process can hold open.
    pub open_files: Option<u64>,
    /// How many processes and threads the user may have while this program forks. The kernel counts all of the user's, not only the
    /// program's.
    pub processes: Option<u64>,
}
