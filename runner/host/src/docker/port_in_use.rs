use super::port_process::listening_process;
use super::step_docker::{StepDocker, draft};
use bollard::models::{ContainerSummary, PortSummary, PortSummaryTypeEnum};
use bollard::query_parameters::ListContainersOptions;
use infra_effect::{DockerObject, DockerVerb, EffectKind};
use infra_event::{ErrorCode, TaskError};

/// Who holds a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortHolder {
    /// The container that publishes it; none where a program listens.
    pub container: Option<String>,
    /// The container's image, or the program and its process id; empty where it cannot be seen.
    pub what: String,
}

impl StepDocker {
    /// Who publishes or listens on a port of the daemon's machine; none where it is free, or where only the daemon's machine could tell.
    ///
    /// # Errors
    /// When no Docker grant is there, or the daemon does not answer.
    pub async fn find_port_holder(&self, address: &str, port: u16, protocol: &str) -> Result<Option<PortHolder>, TaskError> {
        let protocol = match protocol {
            "tcp" => PortSummaryTypeEnum::TCP,
            "udp" => PortSummaryTypeEnum::UDP,
            "sctp" => PortSummaryTypeEnum::SCTP,
            other => {
                return Err(TaskError::new(ErrorCode::INVALID, format!("`{other}` is not a protocol"))
                    .hint("write `tcp`, `udp` or `sctp`"));
            }
        };
        let permit = self.admit_read(EffectKind::ContainerList, draft(DockerVerb::Inspect, DockerObject::Daemon)).await?;
        permit.end(self.holder(address, port, protocol).await)
    }

    async fn holder(&self, address: &str, port: u16, protocol: PortSummaryTypeEnum) -> Result<Option<PortHolder>, TaskError> {
        let options = ListContainersOptions::default();
        let listed =
            self.host.call("list containers", |docker| async move { docker.list_containers(Some(options)).await }).await?;
        if let Some(container) = listed.into_iter().find(|container| publishes(container, address, port, protocol)) {
            let name = container.names.iter().flatten().next().map(|name| name.trim_start_matches('/').to_owned());
            return Ok(Some(PortHolder { container: name, what: container.image.unwrap_or_default() }));
        }
        if protocol != PortSummaryTypeEnum::TCP || !self.host.connection().await?.local {
            return Ok(None);
        }
        let address = address.to_owned();
        let look = move || (!can_listen(&address, port)).then(|| listening_process(port).unwrap_or_default());
        let program = tokio::task::spawn_blocking(look).await.ok().flatten();
        Ok(program.map(|what| PortHolder { container: None, what }))
    }
}

fn publishes(container: &ContainerSummary, address: &str, port: u16, protocol: PortSummaryTypeEnum) -> bool {
    let overlaps = |published: &PortSummary| {
        let ip = published.ip.as_deref().unwrap_or_default();
        published.public_port == Some(port)
            && published.typ == Some(protocol)
            && (ip == address || is_everywhere(ip) || is_everywhere(address))
    };
    container.ports.iter().flatten().any(overlaps)
}

fn is_everywhere(address: &str) -> bool {
    matches!(address, "" | "0.0.0.0" | "::")
}

/// Whether a listener gets the port. An address that this machine does not have is the daemon's matter.
fn can_listen(address: &str, port: u16) -> bool {
    let address = if address.is_empty() { "0.0.0.0" } else { address };
    let Ok(address) = address.parse::<std::net::IpAddr>() else { return true };
    match std::net::TcpListener::bind((address, port)) {
        Err(error) => error.kind() != std::io::ErrorKind::AddrInUse,
        Ok(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_taken_where_addresses_overlap() {
        let published = |ip: &str| PortSummary {
            ip: Some(ip.to_owned()),
            private_port: 80,
            public_port: Some(8080),
            typ: Some(PortSummaryTypeEnum::TCP),
        };
        let container = |ip: &str| ContainerSummary { ports: Some(vec![published(ip)]), ..ContainerSummary::default() };
        let taken = |ip: &str, address: &str, port| publishes(&container(ip), address, port, PortSummaryTypeEnum::TCP);
        assert!(taken("0.0.0.0", "127.0.0.1", 8080));
        assert!(taken("127.0.0.1", "", 8080));
        assert!(taken("127.0.0.1", "127.0.0.1", 8080));
        assert!(!taken("127.0.0.2", "127.0.0.1", 8080));
        assert!(!taken("0.0.0.0", "127.0.0.1", 8081));
        assert!(!publishes(&container("0.0.0.0"), "", 8080, PortSummaryTypeEnum::UDP));
    }

    #[test]
    fn a_listener_holds_its_port() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(!can_listen("127.0.0.1", port));
        assert!(!can_listen("", port));
        drop(listener);
        assert!(can_listen("127.0.0.1", port));
    }
}
