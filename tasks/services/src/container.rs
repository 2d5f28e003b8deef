//! From a service to the body of `POST /containers/create` (Docker Engine API 1.41).

use crate::attachment::by_priority;
use crate::container_mounts::{binds, mounts};
use crate::port::range;
use crate::project::Project;
use crate::service::Service;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The body. `inherited` are the volumes without a name that an earlier container of the service had, by their targets.
pub(crate) fn body(
    project: &Project,
    service: &Service,
    labels: &BTreeMap<String, String>,
    inherited: &BTreeMap<String, String>,
) -> Value {
    let mut body = said([
        ("Image", json!(service.image(&project.name))),
        ("Cmd", json!(service.command)),
        ("Entrypoint", json!(service.entrypoint)),
        ("Env", list(&environment(service))),
        ("User", json!(service.user)),
        ("WorkingDir", json!(service.working_dir)),
        ("Hostname", json!(service.hostname)),
        ("Domainname", json!(service.domainname)),
        ("Tty", flag(service.tty)),
        ("OpenStdin", flag(service.stdin_open)),
        ("StopSignal", json!(service.stop_signal)),
        ("StopTimeout", json!(service.stop_grace_period.map(crate::duration::Duration::seconds))),
        ("Healthcheck", json!(service.healthcheck.as_ref().map(crate::healthcheck::Healthcheck::body))),
        ("Labels", json!(labels)),
    ]);
    let (exposed, bindings) = ports(service);
    if !exposed.is_empty() {
        body.insert("ExposedPorts".into(), Value::Object(exposed));
    }
    let mut host = resources(service);
    if !bindings.is_empty() {
        host.insert("PortBindings".into(), Value::Object(bindings));
    }
    let (binds, mounts) = (binds(project, service), mounts(project, service, inherited));
    host.extend(said([
        ("Binds", list(&binds)),
        ("Mounts", list(&mounts)),
        ("Tmpfs", tmpfs(service)),
        ("RestartPolicy", restart(service)),
        ("CapAdd", list(&service.cap_add)),
        ("CapDrop", list(&service.cap_drop)),
        ("CgroupnsMode", json!(service.cgroup)),
        ("Devices", list(&service.devices.iter().map(device).collect::<Vec<_>>())),
        ("Dns", list(&service.dns)),
        ("DnsOptions", list(&service.dns_opt)),
        ("DnsSearch", list(&service.dns_search)),
        ("ExtraHosts", list(&service.extra_hosts.iter().map(|pair| pair.replacen('=', ":", 1)).collect::<Vec<_>>())),
        ("GroupAdd", list(&service.group_add)),
        ("Init", json!(service.init)),
        ("IpcMode", json!(service.ipc)),
        ("PidMode", json!(service.pid)),
        ("Privileged", flag(service.privileged)),
        ("ReadonlyRootfs", flag(service.read_only)),
        ("SecurityOpt", list(&service.security_opt)),
        ("UsernsMode", json!(service.userns_mode)),
        ("UTSMode", json!(service.uts)),
    ]));
    if !service.sysctls.is_empty() {
        host.insert("Sysctls".into(), json!(service.sysctls));
    }
    if let Some(logging) = &service.logging {
        host.insert(
            "LogConfig".into(),
            Value::Object(said([("Type", json!(logging.driver)), ("Config", json!(logging.options))])),
        );
    }
    let (mode, endpoints) = networks(project, service);
    host.insert("NetworkMode".into(), json!(mode));
    body.insert("HostConfig".into(), Value::Object(host));
    if !endpoints.is_empty() {
        body.insert("NetworkingConfig".into(), json!({ "EndpointsConfig": endpoints }));
    }
    Value::Object(body)
}

/// What says something.
pub(crate) fn said<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.to_owned(), value)).collect()
}

fn list<T: serde::Serialize>(items: &[T]) -> Value {
    if items.is_empty() { Value::Null } else { json!(items) }
}

fn flag(set: bool) -> Value {
    if set { json!(true) } else { Value::Null }
}

/// A name without a value takes the variable away that the image has.
fn environment(service: &Service) -> Vec<String> {
    let environment = service.environment.iter();
    environment.map(|(name, value)| value.as_ref().map_or_else(|| name.clone(), |value| format!("{name}={value}"))).collect()
}

fn ports(service: &Service) -> (Map<String, Value>, Map<String, Value>) {
    let mut exposed = Map::new();
    let mut bindings: Map<String, Value> = Map::new();
    for text in &service.expose {
        let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let (first, last) = range(ports).unwrap_or((0, 0));
        exposed.extend((first..=last).map(|port| (format!("{port}/{protocol}"), json!({}))));
    }
    for port in &service.ports {
        let key = format!("{}/{}", port.target, port.protocol);
        exposed.insert(key.clone(), json!({}));
        let binding = json!({ "HostIp": port.host_ip, "HostPort": port.published.clone().unwrap_or_default() });
        match bindings.get_mut(&key) {
            Some(Value::Array(list)) => list.push(binding),
            _ => {
                bindings.insert(key, json!([binding]));
            }
        }
    }
    (exposed, bindings)
}

fn resources(service: &Service) -> Map<String, Value> {
    let deploy = service.deploy.as_ref().map(|deploy| &deploy.resources);
    let limits = deploy.and_then(|resources| resources.limits.clone()).unwrap_or_default();
    let reserved = deploy.and_then(|resources| resources.reservations.clone()).unwrap_or_default();
    let number = |one: i64, other: i64| match (one, other) {
        (0, 0) => Value::Null,
        (0, other) => json!(other),
        (one, _) => json!(one),
    };
    let ulimits: Vec<Value> =
        service.ulimits.iter().map(|(name, limit)| json!({ "Name": name, "Soft": limit.soft, "Hard": limit.hard })).collect();
    said([
        ("NanoCpus", number(service.cpus.nano(), limits.cpus.nano())),
        ("CpuShares", number(service.cpu_shares, 0)),
        ("Memory", number(service.mem_limit.0, limits.memory.0)),
        ("MemoryReservation", number(service.mem_reservation.0, reserved.memory.0)),
        ("PidsLimit", number(service.pids_limit, limits.pids)),
        ("ShmSize", number(service.shm_size.0, 0)),
        ("Ulimits", list(&ulimits)),
    ])
}

fn restart(service: &Service) -> Value {
    let policy = |name: &str, count: i64| json!({ "Name": name, "MaximumRetryCount": count });
    if let Some(restart) = &service.restart {
        let (name, count) = restart.split_once(':').unwrap_or((restart, "0"));
        return policy(name, count.parse().unwrap_or(0));
    }
    match service.deploy.as_ref().and_then(|deploy| deploy.restart_policy.as_ref()) {
        None => Value::Null,
        Some(given) => match given.condition.as_deref() {
            Some("none") => policy("no", 0),
            Some("on-failure") => policy("on-failure", given.max_attempts.unwrap_or(0)),
            _ => policy("always", 0),
        },
    }
}

fn tmpfs(service: &Service) -> Value {
    let mounts: BTreeMap<&str, &str> =
        service.tmpfs.iter().map(|text| text.split_once(':').unwrap_or((text.as_str(), ""))).collect();
    if mounts.is_empty() { Value::Null } else { json!(mounts) }
}

fn device(device: &crate::device::Device) -> Value {
    json!({ "PathOnHost": device.source, "PathInContainer": device.target, "CgroupPermissions": device.permissions })
}

/// The mode, and how the container stands in each network: under its own name, its service's, and the aliases.
fn networks(project: &Project, service: &Service) -> (String, Map<String, Value>) {
    if let Some(mode) = &service.network_mode {
        return (mode.clone(), Map::new());
    }
    let names = by_priority(&service.networks);
    let mut endpoints = Map::new();
    for name in &names {
        let mut aliases = vec![service.container(&project.name), service.name.clone()];
        let attachment = service.networks.get(*name).cloned().flatten().unwrap_or_default();
        aliases.extend(attachment.aliases);
        let addresses = said([("IPv4Address", json!(attachment.ipv4_address)), ("IPv6Address", json!(attachment.ipv6_address))]);
        let addresses = if addresses.is_empty() { Value::Null } else { Value::Object(addresses) };
        endpoints.insert(project.network(name), Value::Object(said([("Aliases", json!(aliases)), ("IPAMConfig", addresses)])));
    }
    (names.first().map(|name| project.network(name)).unwrap_or_default(), endpoints)
}
