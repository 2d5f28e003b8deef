use crate::Confinement;
use std::ffi::OsString;
use std::path::PathBuf;

/// A program to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The program: a canonical, absolute path. Nothing is looked up.
    pub program: PathBuf,
    /// Its name for itself and its arguments (`argv`).
    pub argv: Vec<OsString>,
    /// The whole environment. Nothing is inherited.
    pub env: Vec<(OsString, OsString)>,
    /// The directory that it starts in.
    pub dir: PathBuf,
    /// What it can reach; `None` starts it unconfined, still with a worker of its own that leaves no descendant alive.
    pub confinement: Option<Confinement>,
    /// It gets the terminal: it stays in the session and the process group of the runner, so Ctrl-C and Ctrl-Z reach both.
    pub foreground: bool,
}

impl Request {
    /// An unconfined program in the background, with an empty environment, started in `/`.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let program = program.into();
        Self {
            argv: vec![program.clone().into_os_string()],
            program,
            env: vec![],
            dir: PathBuf::from("/"),
            confinement: None,
            foreground: false,
        }
    }

    /// With these arguments after those that are there.
    #[must_use]
    pub fn args<I: IntoIterator<Item: Into<OsString>>>(mut self, args: I) -> Self {
        self.argv.extend(args.into_iter().map(Into::into));
        self
    }

    /// With this confinement.
    #[must_use]
    pub fn confined(mut self, confinement: Confinement) -> Self {
        self.confinement = Some(confinement);
        self
    }

    /// Started in this directory.
    #[must_use]
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = dir.into();
        self
    }

    /// With this variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }
}
