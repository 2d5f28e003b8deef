/// The exit codes of `infra`. Codes from 64 follow `sysexits.h`, 124 follows `timeout(1)`, 130 and 143 follow the shell.
///
/// Where exactly one task failed by its program, that program's own code is used instead ([`ExitCode::Program`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// 0: all that was asked for is done.
    Done,
    /// 1: a task failed.
    Failed,
    /// 2: `infra plan --detailed-exitcode` found changes.
    Changes,
    /// 64: the command line is wrong (`EX_USAGE`).
    Usage,
    /// 69: a daemon or a cluster is unavailable (`EX_UNAVAILABLE`).
    Unavailable,
    /// 70: a defect of `infra` itself (`EX_SOFTWARE`).
    Defect,
    /// 74: a file could not be read or written (`EX_IOERR`).
    InputOutput,
    /// 75: another run holds a lock (`EX_TEMPFAIL`).
    Locked,
    /// 77: a grant refused an effect (`EX_NOPERM`).
    Refused,
    /// 78: the Infrafile is wrong (`EX_CONFIG`).
    Infrafile,
    /// 124: out of time.
    OutOfTime,
    /// 130: interrupted by Ctrl-C.
    Interrupted,
    /// 143: terminated.
    Terminated,
    /// The code of the one program that failed.
    Program(u8),
}

impl ExitCode {
    /// The number that the process ends with.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Changes => 2,
            Self::Usage => 64,
            Self::Unavailable => 69,
            Self::Defect => 70,
            Self::InputOutput => 74,
            Self::Locked => 75,
            Self::Refused => 77,
            Self::Infrafile => 78,
            Self::OutOfTime => 124,
            Self::Interrupted => 130,
            Self::Terminated => 143,
            Self::Program(code) => code,
        }
    }
}
