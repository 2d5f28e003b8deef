use crate::graph::Graph;
use std::path::{Path, PathBuf};

/// A program that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// This project's.
    Infra,
    /// GNU make.
    Make,
    /// ninja.
    Ninja,
    /// just.
    Just,
    /// go-task.
    Task,
}

/// A program with its place and version.
#[derive(Clone, Debug)]
pub struct Tool {
    /// Which.
    pub name: Name,
    /// Where.
    pub program: PathBuf,
    /// As it says itself.
    pub version: String,
}

/// What it is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// All tasks of the graph.
    Run,
    /// To list them.
    List,
}

impl Name {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Infra, Self::Make, Self::Ninja, Self::Just, Self::Task];

    /// As people call it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Infra => "infra",
            Self::Make => "make",
            Self::Ninja => "ninja",
            Self::Just => "just",
            Self::Task => "go-task",
        }
    }

    const fn program(self) -> &'static str {
        match self {
            Self::Task => "task",
            other => other.word(),
        }
    }

    /// The largest graph that it is asked to do: above, a round takes minutes.
    pub const fn most(self) -> usize {
        match self {
            Self::Infra => usize::MAX,
            Self::Make | Self::Ninja => 10_000,
            Self::Just | Self::Task => 1_000,
        }
    }
}

impl Tool {
    /// Finds it in `PATH`; `infra` is named.
    pub fn find(name: Name, infra: &Path) -> Option<Self> {
        let program = match name {
            Name::Infra => infra.to_owned(),
            other => std::env::split_paths(&std::env::var_os("PATH")?)
                .map(|directory| directory.join(other.program()))
                .find(|program| program.is_file())?,
        };
        let output = std::process::Command::new(&program).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().next()?.to_owned();
        let version = line.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(&line);
        Some(Self { name, program, version: version.to_owned() })
    }

    /// The arguments for a request. Parallel where the tool can: just cannot, go-task always is.
    pub fn arguments(&self, request: Request, jobs: usize) -> Vec<String> {
        let parallel = format!("-j{jobs}");
        let words: &[&str] = match (self.name, request) {
            (Name::Infra, Request::Run) => &["run", "all", "--quiet", &parallel],
            (Name::Infra, Request::List) => &["list"],
            (Name::Make, Request::Run) => &["-s", &parallel, "all"],
            // What users ask of make in place of a list: everything is read, nothing is run.
            (Name::Make, Request::List) => &["-pq", "all"],
            (Name::Ninja, Request::Run) => &["--quiet", &parallel],
            (Name::Ninja, Request::List) => &["-t", "targets", "all"],
            (Name::Just, Request::Run) => &["--quiet", "all"],
            (Name::Just, Request::List) => &["--list"],
            (Name::Task, Request::Run) => &["--silent", "--concurrency", &parallel[2..], "all"],
            (Name::Task, Request::List) => &["--list-all"],
        };
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    /// Whether it can do a graph in sensible time.
    pub fn takes(&self, graph: &Graph) -> bool {
        graph.count <= self.name.most()
    }
}
