//! What a service asks of the daemon itself.

use crate::service::Service;
use infra::docker::{self, Daemon};
use infra::{Error, Result};

/// Older daemons ignore what they do not know, and no daemon here runs what is made for another machine.
///
/// # Errors
/// `unsupported` where the daemon cannot do what the service says.
pub(crate) fn daemon_knows(service: &Service) -> Result<()> {
    let new_key = service.healthcheck.as_ref().is_some_and(|check| check.start_interval.is_some());
    if !new_key && service.platform.is_none() {
        return Ok(());
    }
    let daemon = docker::ping()?;
    let minor = daemon.api_version.strip_prefix("1.").and_then(|minor| minor.parse::<u32>().ok());
    if new_key && minor.is_some_and(|minor| minor < 44) {
        let message = format!("{}: `start_interval` needs Docker 25, and the daemon is {}", service.place, daemon.version);
        return Err(Error::new("unsupported", message).hint("leave it out"));
    }
    match &service.platform {
        Some(platform) if !is_of(&daemon, platform) => {
            let own = format!("{}/{}", daemon.operating_system, daemon.architecture);
            let message =
                format!("{}: `services.{}.platform` is {platform}, and the daemon's is {own}", service.place, service.name);
            Err(Error::new("unsupported", message).hint("only the daemon's own platform is supported"))
        }
        _ => Ok(()),
    }
}

/// `linux/amd64`, `amd64`, `linux`, or with the names that kernels give to machines.
fn is_of(daemon: &Daemon, platform: &str) -> bool {
    let familiar = |name: &str| match name {
        "x86_64" => "amd64".to_owned(),
        "aarch64" => "arm64".to_owned(),
        other => other.to_owned(),
    };
    let mut parts = platform.split('/');
    let first = parts.next().unwrap_or_default();
    let (system, machine) = match parts.next() {
        Some(machine) => (first, machine),
        None if first == daemon.operating_system => return true,
        None => (daemon.operating_system.as_str(), first),
    };
    system == daemon.operating_system && familiar(machine) == familiar(&daemon.architecture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_daemons_own_platform_fits() {
        let daemon = Daemon { operating_system: "linux".into(), architecture: "x86_64".into(), ..Daemon::default() };
        for platform in ["linux/amd64", "amd64", "linux", "linux/x86_64"] {
            assert!(is_of(&daemon, platform), "{platform}");
        }
        for platform in ["linux/arm64", "arm64", "windows/amd64", "windows"] {
            assert!(!is_of(&daemon, platform), "{platform}");
        }
    }
}
