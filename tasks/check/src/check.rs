//! One check, as it is written, and what it means.

use crate::duration;
use infra::{Error, Grants, Result, json};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// As it stands in `checks`. One of `url`, `tcp` and `exec`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Written {
    name: Option<String>,
    url: Option<String>,
    tcp: Option<String>,
    exec: Option<Vec<String>>,
    method: Option<String>,
    headers: BTreeMap<String, String>,
    status: Option<Statuses>,
    contains: Option<String>,
    ca: Option<String>,
    container: Option<String>,
    exit: Option<i32>,
    timeout: Option<String>,
    deadline: Option<String>,
    attempts: Option<u32>,
    backoff: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Statuses {
    One(u16),
    Several(Vec<u16>),
}

/// What holds for each check that says nothing else.
#[derive(Clone, Debug)]
pub(crate) struct Defaults {
    pub(crate) timeout: String,
    pub(crate) deadline: String,
    pub(crate) attempts: Option<u32>,
    pub(crate) backoff: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) target: Target,
    /// What the answer or the output must hold.
    pub(crate) contains: Option<String>,
    pub(crate) timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) attempts: u32,
    pub(crate) backoff: Duration,
}

#[derive(Clone, Debug)]
pub(crate) enum Target {
    Http { url: String, method: String, headers: Vec<(String, String)>, statuses: Vec<u16>, ca: Option<String> },
    Tcp { host: String, port: u16 },
    Exec { args: Vec<String>, container: Option<String>, exit: i32 },
}

impl Written {
    pub(crate) fn read(&self, defaults: &Defaults) -> Result<Check> {
        let target = self.target()?;
        let shown = target.to_string();
        let name = self.name.clone().unwrap_or(shown);
        let wrong = |error: Error| Error { message: format!("the check `{name}`: {}", error.message), ..error };
        let time = |key: &str, own: &Option<String>, default: &str| {
            duration::parse(key, own.as_deref().unwrap_or(default)).map_err(wrong)
        };
        Ok(Check {
            timeout: time("timeout", &self.timeout, &defaults.timeout)?,
            deadline: time("deadline", &self.deadline, &defaults.deadline)?,
            attempts: self.attempts.or(defaults.attempts).unwrap_or(u32::MAX).max(1),
            backoff: time("backoff", &self.backoff, &defaults.backoff)?,
            contains: self.contains.clone(),
            target,
            name,
        })
    }

    fn target(&self) -> Result<Target> {
        let invalid = |message: &str| Err(Error::new("invalid", message).hint("`infra inspect std/check` shows what a check is"));
        let http = self.method.is_some() || !self.headers.is_empty() || self.status.is_some() || self.ca.is_some();
        let exec = self.container.is_some() || self.exit.is_some();
        match (&self.url, &self.tcp, &self.exec) {
            (Some(url), None, None) if !exec => {
                let method = self.method.clone().unwrap_or_else(|| "GET".to_owned());
                if !matches!(method.as_str(), "GET" | "HEAD") {
                    return invalid("a check only reads: its `method` is GET or HEAD");
                }
                if method == "HEAD" && self.contains.is_some() {
                    return invalid("the answer to HEAD has no body that could hold what `contains` says");
                }
                let statuses = match &self.status {
                    None => vec![],
                    Some(Statuses::One(status)) => vec![*status],
                    Some(Statuses::Several(statuses)) => statuses.clone(),
                };
                let headers = self.headers.clone().into_iter().collect();
                Ok(Target::Http { url: url.clone(), method, headers, statuses, ca: self.ca.clone() })
            }
            (None, Some(place), None) if !exec && !http && self.contains.is_none() => {
                let (host, port) = place.rsplit_once(':').unwrap_or((place, ""));
                let Some(port) = port.parse().ok().filter(|port| *port > 0) else {
                    return invalid(&format!("`tcp`: `{place}` names no port: write `127.0.0.1:5432`"));
                };
                let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
                Ok(Target::Tcp { host: host.to_owned(), port })
            }
            (None, None, Some(args)) if !http && !args.is_empty() => {
                Ok(Target::Exec { args: args.clone(), container: self.container.clone(), exit: self.exit.unwrap_or(0) })
            }
            _ => invalid("a check has one of `url`, `tcp` and `exec`, and only what belongs to it"),
        }
    }
}

impl Target {
    /// What it takes, for the runner to look at before anything runs.
    pub(crate) fn requires(&self, grants: Grants) -> Grants {
        match self {
            Self::Http { url, method, headers, ca, .. } => {
                let grants = match ca {
                    Some(path) => grants.read(path),
                    None => grants,
                };
                let Some((scheme, rest)) = url.split_once("://") else { return grants };
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                let (place, rest) = rest.split_at(end);
                let path = rest.split(['?', '#']).next().unwrap_or_default();
                let path = if path.is_empty() { "/" } else { path };
                let default = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
                let place = place.strip_suffix(default).unwrap_or(place);
                let clear = if scheme.eq_ignore_ascii_case("http") { "http://" } else { "" };
                let secrets = headers.iter().flat_map(|(_, value)| infra::secrets::names_in(value));
                let grants = secrets.fold(grants, |grants, name| grants.secret(&name, &format!("http:{clear}{place}")));
                grants.http(json!({ "hosts": [place], "methods": [method], "paths": [path] }))
            }
            Self::Tcp { .. } => grants.http(json!({ "connect": [self.place()] })),
            Self::Exec { container: Some(_), .. } => grants.docker(json!({ "verbs": ["exec"] })),
            Self::Exec { args, .. } => grants.program(&args[0]),
        }
    }

    fn place(&self) -> String {
        match self {
            Self::Tcp { host, port } if host.contains(':') => format!("[{host}]:{port}"),
            Self::Tcp { host, port } => format!("{host}:{port}"),
            _ => String::new(),
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // A query may hold what nobody shall read.
            Self::Http { url, .. } => f.write_str(url.split('?').next().unwrap_or_default()),
            Self::Tcp { .. } => write!(f, "tcp {}", self.place()),
            Self::Exec { args, container: Some(container), .. } => write!(f, "{container}: {}", args.join(" ")),
            Self::Exec { args, .. } => f.write_str(&args.join(" ")),
        }
    }
}
