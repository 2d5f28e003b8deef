use super::container_body::{ContainerBody, HostConfig, LogConfig, Mount, MountKind};
use super::label;
use super::mount_source::mount_source;
use super::object_name::{image_name, object_name};
use crate::ProjectPaths;
use infra_effect::{BindMount, ContainerRequest, PortBinding, familiar_image_name};
use infra_event::{ErrorCode, TaskError};
use std::net::IpAddr;
use std::path::PathBuf;

/// A container's body that was judged: its paths are canonical, and what it asks for is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Checked {
    pub(super) body: ContainerBody,
    pub(super) request: ContainerRequest,
    /// Named volumes that it uses.
    pub(super) volumes: Vec<String>,
    /// Networks that it joins.
    pub(super) networks: Vec<String>,
    /// Containers whose namespaces it shares.
    pub(super) containers: Vec<String>,
}

/// Judges every part of a body.
pub(super) fn check(mut body: ContainerBody, paths: &ProjectPaths, sockets: &[PathBuf]) -> Result<Checked, TaskError> {
    image_name(&body.image)?;
    body.image = familiar_image_name(&body.image);
    label::refuse_reserved(body.labels.iter().flatten().map(|(key, _)| key))?;
    for target in body.volumes.iter().flatten().map(|(target, _)| target) {
        absolute(target)?;
    }
    let mut checked =
        Checked { body, request: ContainerRequest::default(), volumes: vec![], networks: vec![], containers: vec![] };
    let mut host = checked.body.host_config.take().unwrap_or_default();
    checked.binds(&mut host, paths, sockets)?;
    checked.mounts(&mut host, paths, sockets)?;
    checked.ports(&host)?;
    checked.network_mode(&host)?;
    checked.isolation(&host);
    for name in checked.body.networking_config.iter().flat_map(|config| &config.endpoints_config).flat_map(|all| all.keys()) {
        match name.as_str() {
            "host" => checked.request.options.push("network=host".to_owned()),
            name => checked.networks.push(name.to_owned()),
        }
    }
    for name in checked.networks.iter().chain(&checked.volumes).chain(&checked.containers) {
        object_name("network, volume or container", name)?;
    }
    checked.networks.sort();
    checked.networks.dedup();
    checked.body.host_config = Some(host);
    Ok(checked)
}

fn invalid(message: String, hint: &str) -> TaskError {
    TaskError::new(ErrorCode::INVALID, message).hint(hint)
}

fn absolute(target: &str) -> Result<(), TaskError> {
    if target.starts_with('/') && !target.contains(':') {
        return Ok(());
    }
    Err(invalid(format!("`{target}` is not an absolute path in a container"), "start it with `/`"))
}

impl Checked {
    fn bind(&mut self, source: String, target: &str, read_only: bool) {
        self.request.binds.push(BindMount { source, target: target.to_owned(), read_only });
    }

    fn binds(&mut self, host: &mut HostConfig, paths: &ProjectPaths, sockets: &[PathBuf]) -> Result<(), TaskError> {
        for bind in host.binds.iter_mut().flatten() {
            let mut parts = bind.split(':');
            let (Some(source), Some(target)) = (parts.next(), parts.next()) else {
                return Err(invalid(
                    format!("the bind `{bind}` is not `SOURCE:TARGET[:ro]`"),
                    "write the source, a colon and the target",
                ));
            };
            absolute(target)?;
            let options: Vec<&str> = parts.flat_map(|options| options.split(',')).collect();
            if let Some(option) = options.iter().find(|option| !matches!(**option, "ro" | "rw" | "nocopy")) {
                return Err(invalid(
                    format!("the bind `{bind}` has the option `{option}`"),
                    "`ro`, `rw` and `nocopy` are supported",
                ));
            }
            let read_only = options.contains(&"ro");
            if !source.contains('/') && !source.starts_with(['.', '~']) {
                self.volumes.push(source.to_owned());
                continue;
            }
            let path = mount_source(paths, sockets, source, read_only)?;
            let absolute = path.absolute.to_string_lossy();
            if absolute.contains(':') {
                return Err(invalid(format!("the bind's source `{absolute}` has a colon"), "use an entry of `Mounts` for it"));
            }
            let suffix = if options.is_empty() { String::new() } else { format!(":{}", options.join(",")) };
            let (target, rewritten) = (target.to_owned(), format!("{absolute}:{target}{suffix}"));
            self.bind(path.shown, &target, read_only);
            *bind = rewritten;
        }
        Ok(())
    }

    fn mounts(&mut self, host: &mut HostConfig, paths: &ProjectPaths, sockets: &[PathBuf]) -> Result<(), TaskError> {
        for mount in host.mounts.iter_mut().flatten() {
            let Mount { kind, source, target, read_only, bind_options, .. } = mount;
            absolute(target)?;
            let read_only = read_only.unwrap_or(false);
            match (kind, source.as_deref()) {
                (MountKind::Bind, Some(text)) => {
                    let path = mount_source(paths, sockets, text, read_only)?;
                    *source = Some(path.absolute.to_string_lossy().into_owned());
                    let propagation = bind_options.as_ref().and_then(|options| options.propagation.as_deref());
                    if let Some(propagation) = propagation.filter(|word| !matches!(*word, "" | "rprivate" | "private")) {
                        self.request.options.push(format!("propagation={propagation}"));
                    }
                    self.bind(path.shown, target, read_only);
                }
                (MountKind::Bind, None) => {
                    return Err(invalid(
                        format!("the mount of `{target}` has no source"),
                        "name a directory of the host in `Source`",
                    ));
                }
                (MountKind::Volume, Some(name)) if !name.is_empty() => self.volumes.push(name.to_owned()),
                (MountKind::Volume | MountKind::Tmpfs, _) => {}
            }
        }
        Ok(())
    }

    fn ports(&mut self, host: &HostConfig) -> Result<(), TaskError> {
        // A port that is published but not exposed is silently not published.
        for port in host.port_bindings.iter().flat_map(|all| all.keys()) {
            self.body.exposed_ports.get_or_insert_default().entry(port.clone()).or_default();
        }
        for binding in host.port_bindings.iter().flat_map(|all| all.values()).flatten().flatten() {
            // What the daemon does not read as an address, it takes for all addresses.
            let address = match binding.host_ip.as_deref() {
                None | Some("") => String::new(),
                Some(text) => match text.parse::<IpAddr>() {
                    Ok(address) => address.to_canonical().to_string(),
                    Err(_) => {
                        return Err(invalid(
                            format!("`{text}` is not an address of the host"),
                            "write an IP address, as `127.0.0.1` or `::1`",
                        ));
                    }
                },
            };
            let text = binding.host_port.as_deref().unwrap_or_default();
            let wrong = || invalid(format!("`{text}` is not a port of the host"), "write a number up to 65535, or `FIRST-LAST`");
            let number = |text: &str| text.parse::<u16>().map_err(|_| wrong());
            let (first, last) = match text.split_once('-') {
                _ if text.is_empty() => (0, 0),
                Some((first, last)) => (number(first)?, number(last)?),
                None => (number(text)?, number(text)?),
            };
            if first > last || last - first > 1000 {
                return Err(wrong());
            }
            self.request.ports.extend((first..=last).map(|port| PortBinding { address: address.clone(), port }));
        }
        Ok(())
    }

    fn network_mode(&mut self, host: &HostConfig) -> Result<(), TaskError> {
        match host.network_mode.as_deref() {
            None | Some("" | "default" | "bridge" | "none") => {}
            Some("host") => self.request.options.push("network=host".to_owned()),
            Some(mode) => match mode.strip_prefix("container:") {
                Some(container) => {
                    self.request.options.push(format!("network={mode}"));
                    self.containers.push(container.to_owned());
                }
                None => self.networks.push(mode.to_owned()),
            },
        }
        Ok(())
    }

    /// Everything that weakens the container's isolation, one word each.
    fn isolation(&mut self, host: &HostConfig) {
        for mode in [&host.pid_mode, &host.ipc_mode].into_iter().flatten() {
            self.containers.extend(mode.strip_prefix("container:").map(str::to_owned));
        }
        let options = &mut self.request.options;
        let mut say = |name: &str, value: &str| options.push(format!("{name}={value}"));
        let said = |mode: &Option<String>| mode.clone().filter(|mode| !mode.is_empty());
        for capability in host.cap_add.iter().flatten() {
            let name = capability.to_uppercase();
            say("cap-add", name.strip_prefix("CAP_").unwrap_or(&name));
        }
        if let Some(mode) = said(&host.pid_mode) {
            say("pid", &mode);
        }
        if let Some(mode) = said(&host.ipc_mode).filter(|mode| !matches!(mode.as_str(), "private" | "none" | "shareable")) {
            say("ipc", &mode);
        }
        if let Some(mode) = said(&host.userns_mode) {
            say("userns", &mode);
        }
        if let Some(mode) = said(&host.uts_mode) {
            say("uts", &mode);
        }
        if let Some(mode) = said(&host.cgroupns_mode).filter(|mode| mode != "private") {
            say("cgroupns", &mode);
        }
        for device in host.devices.iter().flatten() {
            say("device", &device.path_on_host);
        }
        for option in host.security_opt.iter().flatten() {
            if !matches!(option.as_str(), "no-new-privileges" | "no-new-privileges:true" | "no-new-privileges=true") {
                say("security-opt", option);
            }
        }
        for (key, value) in host.sysctls.iter().flatten() {
            say("sysctl", &format!("{key}={value}"));
        }
        for group in host.group_add.iter().flatten() {
            say("group-add", group);
        }
        if let Some(LogConfig { kind, config }) = &host.log_config {
            let kind = kind.as_deref().unwrap_or_default();
            let local = matches!(kind, "json-file" | "local" | "none");
            if !local && !kind.is_empty() {
                say("log-driver", kind);
            }
            // Without a name it is the daemon's own driver, which may send logs elsewhere.
            let harmless = |key: &str| local || (kind.is_empty() && matches!(key, "max-size" | "max-file" | "compress"));
            for (key, value) in config.iter().flatten().filter(|(key, _)| !harmless(key)) {
                say("log-option", &format!("{key}={value}"));
            }
        }
        if host.privileged == Some(true) {
            options.push("privileged".to_owned());
        }
    }
}

#[cfg(test)]
#[path = "container_check_tests.rs"]
mod tests;
