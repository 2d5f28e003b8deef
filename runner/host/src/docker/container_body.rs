use infra_event::{ErrorCode, TaskError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The fields of `POST /containers/create` that the gate knows. What is sent is made from this, never from the task's text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ContainerBody {
    pub(super) image: String,
    pub(super) cmd: Option<Vec<String>>,
    pub(super) entrypoint: Option<Vec<String>>,
    pub(super) env: Option<Vec<String>>,
    pub(super) user: Option<String>,
    pub(super) working_dir: Option<String>,
    pub(super) labels: Option<BTreeMap<String, String>>,
    pub(super) exposed_ports: Option<BTreeMap<String, Nothing>>,
    pub(super) healthcheck: Option<Healthcheck>,
    pub(super) hostname: Option<String>,
    pub(super) domainname: Option<String>,
    pub(super) tty: Option<bool>,
    pub(super) open_stdin: Option<bool>,
    pub(super) stdin_once: Option<bool>,
    pub(super) attach_stdin: Option<bool>,
    pub(super) attach_stdout: Option<bool>,
    pub(super) attach_stderr: Option<bool>,
    pub(super) stop_signal: Option<String>,
    pub(super) stop_timeout: Option<i64>,
    pub(super) volumes: Option<BTreeMap<String, Nothing>>,
    pub(super) host_config: Option<HostConfig>,
    pub(super) networking_config: Option<NetworkingConfig>,
}

/// The API writes sets as objects of empty objects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Healthcheck {
    test: Option<Vec<String>>,
    interval: Option<i64>,
    timeout: Option<i64>,
    retries: Option<i64>,
    start_period: Option<i64>,
    start_interval: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct HostConfig {
    pub(super) binds: Option<Vec<String>>,
    pub(super) mounts: Option<Vec<Mount>>,
    pub(super) port_bindings: Option<BTreeMap<String, Option<Vec<HostPort>>>>,
    restart_policy: Option<RestartPolicy>,
    pub(super) network_mode: Option<String>,
    pub(super) cap_add: Option<Vec<String>>,
    cap_drop: Option<Vec<String>>,
    pub(super) privileged: Option<bool>,
    pub(super) security_opt: Option<Vec<String>>,
    pub(super) devices: Option<Vec<Device>>,
    pub(super) pid_mode: Option<String>,
    pub(super) ipc_mode: Option<String>,
    pub(super) userns_mode: Option<String>,
    #[serde(rename = "UTSMode")]
    pub(super) uts_mode: Option<String>,
    pub(super) cgroupns_mode: Option<String>,
    pub(super) sysctls: Option<BTreeMap<String, String>>,
    ulimits: Option<Vec<Ulimit>>,
    memory: Option<i64>,
    memory_reservation: Option<i64>,
    nano_cpus: Option<i64>,
    cpu_shares: Option<i64>,
    pids_limit: Option<i64>,
    shm_size: Option<i64>,
    pub(super) tmpfs: Option<BTreeMap<String, String>>,
    readonly_rootfs: Option<bool>,
    init: Option<bool>,
    extra_hosts: Option<Vec<String>>,
    dns: Option<Vec<String>>,
    dns_options: Option<Vec<String>>,
    dns_search: Option<Vec<String>>,
    pub(super) log_config: Option<LogConfig>,
    pub(super) group_add: Option<Vec<String>>,
    auto_remove: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Mount {
    #[serde(rename = "Type")]
    pub(super) kind: MountKind,
    pub(super) source: Option<String>,
    pub(super) target: String,
    pub(super) read_only: Option<bool>,
    pub(super) bind_options: Option<BindOptions>,
    volume_options: Option<VolumeOptions>,
    tmpfs_options: Option<TmpfsOptions>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum MountKind {
    Bind,
    Volume,
    Tmpfs,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct BindOptions {
    pub(super) propagation: Option<String>,
    non_recursive: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct VolumeOptions {
    no_copy: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct TmpfsOptions {
    size_bytes: Option<i64>,
    mode: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct HostPort {
    pub(super) host_ip: Option<String>,
    pub(super) host_port: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct RestartPolicy {
    name: Option<String>,
    maximum_retry_count: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Device {
    pub(super) path_on_host: String,
    path_in_container: Option<String>,
    cgroup_permissions: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Ulimit {
    name: Option<String>,
    soft: Option<i64>,
    hard: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct LogConfig {
    #[serde(rename = "Type")]
    pub(super) kind: Option<String>,
    pub(super) config: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct NetworkingConfig {
    pub(super) endpoints_config: Option<BTreeMap<String, EndpointConfig>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct EndpointConfig {
    aliases: Option<Vec<String>>,
    #[serde(rename = "IPAMConfig")]
    ipam_config: Option<EndpointAddresses>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct EndpointAddresses {
    #[serde(rename = "IPv4Address")]
    ipv4_address: Option<String>,
    #[serde(rename = "IPv6Address")]
    ipv6_address: Option<String>,
}

/// Parses a task's body; a field that the gate does not know is an error that names it.
pub(super) fn parse<T: DeserializeOwned>(what: &str, body: &str) -> Result<T, TaskError> {
    serde_json::from_str(body).map_err(|error| {
        let said = error.to_string();
        let brief = said.split_once(", expected").map_or(said.as_str(), |(brief, _)| brief);
        TaskError::new(ErrorCode::INVALID, format!("the body of the {what} is not allowed: {brief}"))
            .hint("only fields whose effect the gate can judge pass: leave the field out, or say it another way")
    })
}

/// The daemon's client's form of a checked body.
pub(super) fn sent<T: DeserializeOwned>(body: &impl Serialize) -> Result<T, TaskError> {
    let refused = |error: serde_json::Error| TaskError::new(ErrorCode::INVALID, format!("the body has a wrong value: {error}"));
    let mut value = serde_json::to_value(body).map_err(refused)?;
    drop_nothing(&mut value);
    serde_json::from_value(value).map_err(refused)
}

/// Takes out what is not said.
pub(super) fn drop_nothing(value: &mut Value) {
    if let Value::Object(fields) = value {
        let said: Map<_, _> = std::mem::take(fields).into_iter().filter(|(_, value)| !value.is_null()).collect();
        *fields = said;
        fields.values_mut().for_each(drop_nothing);
    } else if let Value::Array(items) = value {
        items.iter_mut().for_each(drop_nothing);
    }
}
