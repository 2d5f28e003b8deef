//! From a service to the body of `POST /containers/create` (Docker Engine API 1.41).

use crate::project::Project;
use crate::service::{Mount, Service};
use infra::{Error, Result};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The label that holds the digest of all that a container was made from: a service is unchanged while it stays the same.
pub(crate) const CONFIG_LABEL: &str = "dev.infra.config";
/// The label that Compose finds a service's containers by.
pub(crate) const SERVICE_LABEL: &str = "com.docker.compose.service";
/// The label that Compose finds a project's containers by.
pub(crate) const PROJECT_LABEL: &str = "com.docker.compose.project";

/// The body, with the label of its own digest.
pub(crate) fn body(project: &Project, service: &Service) -> Result<Value> {
    let mut labels: BTreeMap<String, String> = service.labels.clone();
    for (name, value) in [
        (PROJECT_LABEL, project.name.as_str()),
        (SERVICE_LABEL, &service.name),
        ("com.docker.compose.container-number", "1"),
        ("com.docker.compose.oneoff", "False"),
        ("dev.infra.category", &service.category),
    ] {
        labels.insert(name.to_owned(), value.to_owned());
    }
    let mut body = Map::new();
    body.insert("Image".into(), json!(service.image));
    let env: Vec<String> = service.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    body.insert("Env".into(), json!(env));
    let optional = [
        ("Cmd", service.command.as_ref().map(|words| json!(words))),
        ("Entrypoint", service.entrypoint.as_ref().map(|words| json!(words))),
        ("User", service.user.as_ref().map(|user| json!(user))),
        ("WorkingDir", service.working_dir.as_ref().map(|dir| json!(dir))),
        ("Healthcheck", healthcheck(service)),
    ];
    body.extend(optional.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    let (exposed, bindings) = ports(service);
    if !exposed.is_empty() {
        body.insert("ExposedPorts".into(), Value::Object(exposed));
    }
    let networks = networks(project, service);
    let mut host = Map::new();
    host.insert("NetworkMode".into(), json!(networks[0]));
    if !bindings.is_empty() {
        host.insert("PortBindings".into(), Value::Object(bindings));
    }
    let mounts = service.volumes.iter().map(|mount| mounted(project, service, mount)).collect::<Result<Vec<_>>>()?;
    if !mounts.is_empty() {
        host.insert("Mounts".into(), Value::Array(mounts));
    }
    if let Some(restart) = &service.restart {
        let (name, count) = restart.split_once(':').unwrap_or((restart, "0"));
        host.insert("RestartPolicy".into(), json!({ "Name": name, "MaximumRetryCount": count.parse::<i64>().unwrap_or(0) }));
    }
    body.insert("HostConfig".into(), Value::Object(host));
    let endpoint = json!({ "Aliases": [service.name] });
    body.insert("NetworkingConfig".into(), json!({ "EndpointsConfig": { networks[0].clone(): endpoint } }));
    let config = digest(&json!([body, labels]));
    labels.insert(CONFIG_LABEL.to_owned(), config);
    body.insert("Labels".into(), json!(labels));
    Ok(Value::Object(body))
}

/// The networks in Docker's names; at least one.
fn networks(project: &Project, service: &Service) -> Vec<String> {
    let default = ["default".to_owned()];
    let names = if service.networks.is_empty() { &default[..] } else { &service.networks };
    names.iter().map(|name| project.networks.get(name).unwrap_or(name).clone()).collect()
}

fn ports(service: &Service) -> (Map<String, Value>, Map<String, Value>) {
    let mut exposed = Map::new();
    let mut bindings: Map<String, Value> = Map::new();
    for port in &service.ports {
        let key = format!("{}/{}", port.target, port.protocol);
        exposed.insert(key.clone(), json!({}));
        let binding = json!({ "HostIp": port.address, "HostPort": port.published.clone().unwrap_or_default() });
        match bindings.get_mut(&key) {
            Some(Value::Array(list)) => list.push(binding),
            _ => {
                bindings.insert(key, json!([binding]));
            }
        }
    }
    (exposed, bindings)
}

fn mounted(project: &Project, service: &Service, mount: &Mount) -> Result<Value> {
    let Some(source) = &mount.source else {
        return Ok(json!({ "Type": "volume", "Target": mount.target }));
    };
    if source.starts_with('~') {
        return Err(Error::new("invalid", format!("{}: `{source}`: write the path out; `~` has no meaning here", service.path)));
    }
    let (kind, source) = if source.starts_with('.') {
        let dir = service.path.rsplit_once('/').map_or(".", |(dir, _)| dir);
        ("bind", format!("{dir}/{source}"))
    } else if source.starts_with('/') {
        ("bind", source.clone())
    } else {
        ("volume", project.volumes.get(source).unwrap_or(source).clone())
    };
    Ok(json!({ "Type": kind, "Source": source, "Target": mount.target, "ReadOnly": mount.read_only }))
}

fn healthcheck(service: &Service) -> Option<Value> {
    let check = service.healthcheck.as_ref()?;
    let mut body = Map::new();
    if !check.test.is_empty() {
        body.insert("Test".into(), json!(check.test));
    }
    let numbers = [
        ("Interval", check.interval),
        ("Timeout", check.timeout),
        ("StartPeriod", check.start_period),
        ("Retries", check.retries),
    ];
    body.extend(numbers.into_iter().filter_map(|(key, number)| Some((key.to_owned(), json!(number?)))));
    Some(Value::Object(body))
}

fn digest(value: &Value) -> String {
    Sha256::digest(value.to_string().as_bytes()).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
