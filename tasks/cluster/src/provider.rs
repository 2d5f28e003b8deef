use crate::{Cluster, said};
use infra::process::{Command, Destination};
use infra::ui::Progress;
use infra::{Error, Result};
use serde_json::{Value, json};
use std::time::Duration;

/// Time to take away what is half made.
const GRACE: Duration = Duration::from_secs(120);

/// A program that makes clusters on this machine's Docker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    K3d,
    Kind,
}

impl Provider {
    pub(crate) const fn program(self) -> &'static str {
        match self {
            Self::K3d => "k3d",
            Self::Kind => "kind",
        }
    }

    pub(crate) const fn home(self) -> &'static str {
        match self {
            Self::K3d => "https://k3d.io",
            Self::Kind => "https://kind.sigs.k8s.io",
        }
    }

    pub(crate) fn context(self, name: &str) -> String {
        format!("{}-{name}", self.program())
    }

    /// Makes the cluster, where it is not there; the path of its kubeconfig, where the program tells it.
    pub(crate) fn ensure(self, params: &Cluster) -> Result<Option<String>> {
        let name = &params.name;
        match (self, self.state(name)?) {
            (_, State::Runs) => infra::info!("{} has the cluster {name}", self.program()),
            (_, State::Stopped) => self.call(&["cluster", "start", name, "--wait"], "start")?,
            (Self::K3d, State::Missing) => {
                let timeout = format!("{}s", params.timeout);
                let mut words =
                    vec!["cluster", "create", name, "--wait", "--timeout", &timeout, "--kubeconfig-switch-context=false"];
                words.extend(said(&params.config).map(|file| ["--config", file]).into_iter().flatten());
                self.call(&words, "make")?;
            }
            (Self::Kind, State::Missing) => {
                let timeout = format!("{}s", params.timeout);
                let mut words = vec!["create", "cluster", "--name", name, "--wait", &timeout];
                words.extend(said(&params.config).map(|file| ["--config", file]).into_iter().flatten());
                self.call(&words, "make")?;
            }
        }
        match self {
            // It prints where it has put the context.
            Self::K3d => {
                let words =
                    ["kubeconfig", "merge", name.as_str(), "--kubeconfig-merge-default", "--kubeconfig-switch-context=false"];
                Command::new("k3d").args(words).read().map(|path| Some(path.trim().to_owned()).filter(|path| !path.is_empty()))
            }
            Self::Kind => self.call(&["export", "kubeconfig", "--name", name], "export").map(|()| None),
        }
    }

    /// Whether there was one.
    pub(crate) fn delete(self, params: &Cluster) -> Result<bool> {
        if self.state(&params.name)? == State::Missing {
            return Ok(false);
        }
        let name = params.name.as_str();
        match self {
            Self::K3d => self.call(&["cluster", "delete", name], "delete")?,
            Self::Kind => self.call(&["delete", "cluster", "--name", name], "delete")?,
        }
        Ok(true)
    }

    fn state(self, name: &str) -> Result<State> {
        match self {
            Self::K3d => {
                let told = Command::new("k3d").args(["cluster", "list", "--output", "json"]).read()?;
                let all: Value = serde_json::from_str(&told)
                    .map_err(|error| Error::new("invalid", format!("what k3d says is no JSON: {error}")))?;
                let found = all.as_array().into_iter().flatten().find(|one| one["name"] == name);
                Ok(match found {
                    None => State::Missing,
                    Some(one) if one["serversRunning"] == 0 => State::Stopped,
                    Some(_) => State::Runs,
                })
            }
            Self::Kind => {
                let told = Command::new("kind").args(["get", "clusters"]).read()?;
                Ok(if told.lines().any(|line| line.trim() == name) { State::Runs } else { State::Missing })
            }
        }
    }

    fn call(self, words: &[&str], doing: &str) -> Result<()> {
        let line = Progress::spinner(&format!("{} {}", self.program(), words.join(" ")));
        let mut command = Command::new(self.program()).args(words.iter().copied()).stop("INT", GRACE);
        command.stderr = Destination::Both;
        let completed = command.complete()?;
        line.finish();
        if completed.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&completed.stderr).into_owned();
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim();
        let code = completed.status.code.unwrap_or(-1);
        Err(Error::failed(format!("{} could not {doing} the cluster: {last}", self.program()))
            .hint("look at its log above; Docker must run")
            .details(json!({ "exit_code": code })))
    }
}

/// How the cluster is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Missing,
    Stopped,
    Runs,
}
