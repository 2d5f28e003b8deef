use std::io;
use std::path::PathBuf;

/// Why a program was not started, or its end is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfineError {
    /// The process that starts programs could not be started.
    #[error("the spawner process could not be started: {0}; check the limits of processes and open files (`ulimit -u -n`)")]
    SpawnerNotStarted(#[source] io::Error),
    /// The binary's `main` does not call `spawner_main`.
    #[error("this binary cannot start programs: its main does not call infra_confine::spawner_main() first")]
    SpawnerMissing,
    /// The process that starts programs is gone.
    #[error(
        "the spawner process ended ({0}), so the end of the program is not known; it was killed with all that it started. Run the task again"
    )]
    SpawnerGone(#[source] io::Error),
    /// A zero byte cannot be passed to a program.
    #[error("{what} holds a zero byte, which no program can be given; remove it")]
    ZeroByte {
        /// Which part of the request.
        what: &'static str,
    },
    /// The program could not be started.
    #[error("{}", not_started(program, *stage, source))]
    NotStarted {
        /// The program.
        program: PathBuf,
        /// What failed.
        stage: Stage,
        /// How it failed; `raw_os_error` is the errno.
        #[source]
        source: io::Error,
    },
}

impl ConfineError {
    /// The errno, where the kernel said one.
    #[must_use]
    pub fn errno(&self) -> Option<i32> {
        match self {
            Self::SpawnerNotStarted(source) | Self::SpawnerGone(source) | Self::NotStarted { source, .. } => {
                source.raw_os_error()
            }
            Self::SpawnerMissing | Self::ZeroByte { .. } => None,
        }
    }

    /// The kind of failure, as `std::io` names it.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::SpawnerNotStarted(source) | Self::SpawnerGone(source) | Self::NotStarted { source, .. } => source.kind(),
            Self::SpawnerMissing => io::ErrorKind::Unsupported,
            Self::ZeroByte { .. } => io::ErrorKind::InvalidInput,
        }
    }
}

/// The step at which a start failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Making the new process.
    Fork,
    /// Its session or process group.
    Session,
    /// Its standard streams.
    Streams,
    /// Entering its directory.
    Directory,
    /// Its limits.
    Limits,
    /// Landlock.
    Landlock,
    /// Seccomp.
    Seccomp,
    /// Becoming the program.
    Execute,
}

fn not_started(program: &std::path::Path, stage: Stage, source: &io::Error) -> String {
    let program = program.display();
    let kind = source.kind();
    match stage {
        Stage::Execute if kind == io::ErrorKind::NotFound => {
            format!("`{program}` was not found, or the interpreter in its first line was not; install it or correct the path")
        }
        Stage::Execute if kind == io::ErrorKind::PermissionDenied => {
            format!("`{program}` may not be executed: it is not executable (`chmod +x`), or its interpreter is not granted")
        }
        Stage::Execute if source.raw_os_error() == Some(libc::ENOEXEC) => {
            format!("`{program}` is not a program for this machine; a script needs a first line like `#!/bin/sh`")
        }
        Stage::Execute if source.raw_os_error() == Some(libc::E2BIG) => {
            format!("the arguments and the environment of `{program}` are too long for the kernel; pass them in a file")
        }
        Stage::Directory => {
            format!("`{program}` was not started: its directory cannot be entered: {source}; create it or correct `dir`")
        }
        Stage::Fork => {
            format!("`{program}` was not started: no new process: {source}; check the limit of processes (`ulimit -u`)")
        }
        _ => format!("`{program}` was not started: {} failed: {source}", stage.words()),
    }
}

impl Stage {
    const fn words(self) -> &'static str {
        match self {
            Self::Fork => "making a process",
            Self::Session => "making its session or process group",
            Self::Streams => "connecting its standard streams",
            Self::Directory => "entering its directory",
            Self::Limits => "setting its limits",
            Self::Landlock => "confining its files and network (Landlock)",
            Self::Seccomp => "confining its system calls (seccomp)",
            Self::Execute => "executing it",
        }
    }

    #[cfg(target_os = "linux")]
    pub(crate) const fn from_number(number: i32) -> Self {
        match number {
            1 => Self::Session,
            2 => Self::Streams,
            3 => Self::Directory,
            4 => Self::Limits,
            5 => Self::Landlock,
            6 => Self::Seccomp,
            7 => Self::Execute,
            _ => Self::Fork,
        }
    }

    #[cfg(target_os = "linux")]
    pub(crate) const fn number(self) -> i32 {
        match self {
            Self::Fork => 0,
            Self::Session => 1,
            Self::Streams => 2,
            Self::Directory => 3,
            Self::Limits => 4,
            Self::Landlock => 5,
            Self::Seccomp => 6,
            Self::Execute => 7,
        }
    }
}
