//! One service of a Compose file: what is understood, and a refusal of everything else.

use crate::duration::nanoseconds;
use crate::yaml::{Entry, Node, Value, at};
use infra::{Error, Result};
use std::collections::BTreeMap;

/// A service as it stands in its file, with interpolation done.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) category: String,
    pub(crate) path: String,
    pub(crate) image: String,
    pub(crate) container_name: Option<String>,
    pub(crate) command: Option<Vec<String>>,
    pub(crate) entrypoint: Option<Vec<String>>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) ports: Vec<Port>,
    pub(crate) volumes: Vec<Mount>,
    pub(crate) networks: Vec<String>,
    pub(crate) depends_on: Vec<(String, Condition)>,
    pub(crate) healthcheck: Option<Healthcheck>,
    pub(crate) restart: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) working_dir: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Port {
    pub(crate) address: String,
    pub(crate) published: Option<String>,
    pub(crate) target: u16,
    pub(crate) protocol: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mount {
    /// A volume's name in the file, or a path of the host when it starts with `.` or `/`; none is an anonymous volume.
    pub(crate) source: Option<String>,
    pub(crate) target: String,
    pub(crate) read_only: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Started,
    Healthy,
    CompletedSuccessfully,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Healthcheck {
    pub(crate) test: Vec<String>,
    pub(crate) interval: Option<i64>,
    pub(crate) timeout: Option<i64>,
    pub(crate) start_period: Option<i64>,
    pub(crate) retries: Option<i64>,
}

const KEYS: &str = "command, container_name, depends_on, entrypoint, environment, healthcheck, image, labels, networks, ports, \
                    restart, user, volumes, working_dir";

impl Service {
    pub(crate) fn read(path: &str, category: &str, entry: &Entry) -> Result<Self> {
        let mut service =
            Self { name: entry.key.clone(), category: category.to_owned(), path: path.to_owned(), ..Self::default() };
        let entries =
            entry.value.entries().ok_or_else(|| at(path, entry.line, format!("service `{}` must be a map", entry.key)))?;
        for Entry { key, line, value } in entries {
            let wrong = |what: &str| at(path, *line, format!("`{key}` must be {what}"));
            match key.as_str() {
                "image" => service.image = value.text().ok_or_else(|| wrong("text"))?,
                "container_name" => service.container_name = Some(value.text().ok_or_else(|| wrong("text"))?),
                "user" => service.user = Some(value.text().ok_or_else(|| wrong("text"))?),
                "working_dir" => service.working_dir = Some(value.text().ok_or_else(|| wrong("text"))?),
                "restart" => {
                    service.restart = Some(restart(value).ok_or_else(|| wrong("no, always, on-failure[:N] or unless-stopped"))?)
                }
                "command" => {
                    service.command = Some(words(value).ok_or_else(|| wrong("a list of words, or text without quotes"))?)
                }
                "entrypoint" => {
                    service.entrypoint = Some(words(value).ok_or_else(|| wrong("a list of words, or text without quotes"))?)
                }
                "environment" => service.environment = pairs(value).ok_or_else(|| wrong("a map, or a list of NAME=VALUE"))?,
                "labels" => service.labels = pairs(value).ok_or_else(|| wrong("a map, or a list of NAME=VALUE"))?,
                "networks" => service.networks = texts(value).ok_or_else(|| wrong("a list of networks"))?,
                "ports" => service.ports = list(path, *line, key, value, port)?,
                "volumes" => service.volumes = list(path, *line, key, value, mount)?,
                "depends_on" => {
                    service.depends_on = dependencies(path, value)
                        .map_err(|error| error.unwrap_or_else(|| wrong("a list, or a map of conditions")))?
                }
                "healthcheck" => service.healthcheck = healthcheck(path, value)?,
                key if key.starts_with("x-") => {}
                _ => return Err(unsupported(path, *line, &format!("services.{}.{key}", entry.key), KEYS)),
            }
        }
        if service.image.is_empty() {
            return Err(at(path, entry.line, format!("service `{}` has no `image`", entry.key)));
        }
        Ok(service)
    }

    /// The container's name: Compose's own rule where none is given.
    pub(crate) fn container(&self, project: &str) -> String {
        self.container_name.clone().unwrap_or_else(|| format!("{project}-{}-1", self.name))
    }
}

/// A key that this version does not carry out is refused, never ignored.
pub(crate) fn unsupported(path: &str, line: usize, key: &str, known: &str) -> Error {
    at(path, line, format!("`{key}` is not supported"))
        .hint(format!("supported are {known}; keys that start with `x-` are ignored"))
}

fn restart(value: &Node) -> Option<String> {
    let text = match &value.value {
        Value::Boolean(false) => "no".to_owned(),
        _ => value.text()?,
    };
    let known = matches!(text.as_str(), "no" | "always" | "on-failure" | "unless-stopped")
        || text.strip_prefix("on-failure:").is_some_and(|count| count.parse::<u32>().is_ok());
    known.then_some(text)
}

fn texts(value: &Node) -> Option<Vec<String>> {
    match &value.value {
        Value::List(items) => items.iter().map(Node::text).collect(),
        _ => None,
    }
}

/// Words of a command. Text is split at spaces; quotes would need a shell's rules, so they want the list form.
fn words(value: &Node) -> Option<Vec<String>> {
    match &value.value {
        Value::Text(text) if !text.contains(['"', '\'', '\\']) => Some(text.split_whitespace().map(str::to_owned).collect()),
        _ => texts(value),
    }
}

fn pairs(value: &Node) -> Option<BTreeMap<String, String>> {
    match &value.value {
        Value::List(items) => items
            .iter()
            .map(|item| item.text()?.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
            .collect(),
        _ => value
            .entries()?
            .iter()
            .map(|entry| match &entry.value.value {
                Value::Null => Some((entry.key.clone(), String::new())),
                _ => Some((entry.key.clone(), entry.value.text()?)),
            })
            .collect(),
    }
}

fn list<T>(path: &str, line: usize, key: &str, value: &Node, read: fn(&str, &Node) -> Result<T>) -> Result<Vec<T>> {
    match &value.value {
        Value::List(items) => items.iter().map(|item| read(path, item)).collect(),
        _ => Err(at(path, line, format!("`{key}` must be a list"))),
    }
}

/// `[[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL]`, or a map.
fn port(path: &str, item: &Node) -> Result<Port> {
    let wrong = || at(path, item.line, "a port is `[[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL]` with single ports");
    if let Value::Map(entries) = &item.value {
        let mut port = Port { address: String::new(), published: None, target: 0, protocol: "tcp".to_owned() };
        for entry in entries {
            let text = entry.value.text().ok_or_else(wrong)?;
            match entry.key.as_str() {
                "target" => port.target = text.parse().map_err(|_| wrong())?,
                "published" => port.published = Some(text),
                "host_ip" => port.address = text,
                "protocol" => port.protocol = text,
                key => {
                    return Err(unsupported(path, entry.line, &format!("ports.{key}"), "host_ip, protocol, published, target"));
                }
            }
        }
        return if port.target == 0 { Err(wrong()) } else { Ok(port) };
    }
    let text = item.text().ok_or_else(wrong)?;
    let (text, protocol) = text.split_once('/').unwrap_or((&text, "tcp"));
    let (front, target) = text.rsplit_once(':').map_or((None, text), |(front, target)| (Some(front), target));
    let (address, published) = match front {
        None => (String::new(), None),
        Some(front) => match front.rsplit_once(':') {
            None => (String::new(), Some(front.to_owned())),
            Some((address, published)) => (address.trim_matches(['[', ']']).to_owned(), Some(published.to_owned())),
        },
    };
    if published.as_ref().is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err(wrong());
    }
    Ok(Port { address, published, target: target.parse().map_err(|_| wrong())?, protocol: protocol.to_owned() })
}

/// `[SOURCE:]TARGET[:ro]`, or a map.
fn mount(path: &str, item: &Node) -> Result<Mount> {
    let wrong = || at(path, item.line, "a volume is `[SOURCE:]TARGET[:ro]`");
    if let Value::Map(entries) = &item.value {
        let mut mount = Mount { source: None, target: String::new(), read_only: false };
        for entry in entries {
            match (entry.key.as_str(), &entry.value.value) {
                ("type", Value::Text(kind)) if kind == "volume" || kind == "bind" => {}
                ("source", Value::Text(source)) => mount.source = Some(source.clone()),
                ("target", Value::Text(target)) => mount.target.clone_from(target),
                ("read_only", Value::Boolean(value)) => mount.read_only = *value,
                (key, _) => {
                    return Err(unsupported(
                        path,
                        entry.line,
                        &format!("volumes.{key}"),
                        "type (volume, bind), source, target, read_only",
                    ));
                }
            }
        }
        return if mount.target.is_empty() { Err(wrong()) } else { Ok(mount) };
    }
    let text = item.text().ok_or_else(wrong)?;
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, read_only) = match parts.as_slice() {
        [target] => (None, *target, false),
        [source, target] | [source, target, "rw"] => (Some((*source).to_owned()), *target, false),
        [source, target, "ro"] => (Some((*source).to_owned()), *target, true),
        _ => return Err(wrong()),
    };
    Ok(Mount { source, target: target.to_owned(), read_only })
}

fn dependencies(path: &str, value: &Node) -> Result<Vec<(String, Condition)>, Option<Error>> {
    if let Some(names) = texts(value) {
        return Ok(names.into_iter().map(|name| (name, Condition::Started)).collect());
    }
    let mut found = Vec::new();
    for entry in value.entries().ok_or(None)? {
        let mut condition = Condition::Started;
        for Entry { key, line, value } in entry.value.entries().ok_or(None)? {
            match (key.as_str(), value.text().as_deref()) {
                ("condition", Some("service_started")) => condition = Condition::Started,
                ("condition", Some("service_healthy")) => condition = Condition::Healthy,
                ("condition", Some("service_completed_successfully")) => condition = Condition::CompletedSuccessfully,
                _ => {
                    let known = "condition: service_started, service_healthy or service_completed_successfully";
                    return Err(Some(unsupported(path, *line, &format!("depends_on.{}.{key}", entry.key), known)));
                }
            }
        }
        found.push((entry.key.clone(), condition));
    }
    Ok(found)
}

fn healthcheck(path: &str, value: &Node) -> Result<Option<Healthcheck>> {
    let mut check = Healthcheck::default();
    let entries = value.entries().ok_or_else(|| at(path, value.line, "`healthcheck` must be a map"))?;
    for Entry { key, line, value } in entries {
        let duration = || {
            let text = value.text().unwrap_or_default();
            nanoseconds(&text).map(Some).ok_or_else(|| at(path, *line, format!("`{key}` must be a duration as `30s`")))
        };
        match key.as_str() {
            "test" => {
                check.test = match &value.value {
                    Value::Text(line) => vec!["CMD-SHELL".to_owned(), line.clone()],
                    _ => texts(value).ok_or_else(|| at(path, *line, "`test` must be text or a list"))?,
                };
            }
            "interval" => check.interval = duration()?,
            "timeout" => check.timeout = duration()?,
            "start_period" => check.start_period = duration()?,
            "retries" => match value.value {
                Value::Integer(count) => check.retries = Some(count),
                _ => return Err(at(path, *line, "`retries` must be a number")),
            },
            "disable" if value.value == Value::Boolean(true) => check.test = vec!["NONE".to_owned()],
            "disable" if value.value == Value::Boolean(false) => {}
            _ => {
                return Err(unsupported(
                    path,
                    *line,
                    &format!("healthcheck.{key}"),
                    "disable, interval, retries, start_period, test, timeout",
                ));
            }
        }
    }
    Ok(Some(check))
}
