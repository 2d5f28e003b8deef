use base64::Engine as _;
use infra_event::{ErrorCode, TaskError};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Where Docker's own tools look for the daemon when nothing is said.
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// Where a daemon listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A Unix socket.
    Unix(PathBuf),
    /// A TCP address without encryption, as `127.0.0.1:2375`.
    Tcp(String),
}

/// What decides which daemon is used, as Docker's own tools decide it.
#[derive(Clone, Debug, Default)]
pub struct DockerSettings {
    /// `DOCKER_HOST`.
    pub host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub context: Option<String>,
    /// Whether `DOCKER_TLS_VERIFY` is set.
    pub tls: bool,
    /// Docker's configuration directory: `DOCKER_CONFIG`, else `~/.docker`.
    pub config: PathBuf,
    /// Where credential helpers are looked for; `PATH` where nothing is said.
    pub helpers: Option<PathBuf>,
}

impl DockerSettings {
    /// Reads the environment.
    #[must_use]
    pub fn from_environment() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let home = || PathBuf::from(variable("HOME").unwrap_or_default()).join(".docker");
        Self {
            host: variable("DOCKER_HOST"),
            context: variable("DOCKER_CONTEXT"),
            tls: variable("DOCKER_TLS_VERIFY").is_some(),
            config: variable("DOCKER_CONFIG").map_or_else(home, PathBuf::from),
            helpers: None,
        }
    }

    /// Docker's `config.json`, where there is one that can be read.
    #[must_use]
    pub fn config_file(&self) -> Option<Value> {
        read_json(&self.config.join("config.json"))
    }

    /// Where the daemon listens.
    ///
    /// # Errors
    /// When the address has a scheme that is not supported, or the context is unknown.
    pub fn endpoint(&self) -> Result<Endpoint, TaskError> {
        if let Some(host) = &self.host {
            return self.parse(host, "DOCKER_HOST");
        }
        let current = || Some(self.config_file()?.get("currentContext")?.as_str()?.to_owned());
        match self.context.clone().or_else(current) {
            None => Ok(Endpoint::Unix(DEFAULT_SOCKET.into())),
            Some(name) if name.is_empty() || name == "default" => Ok(Endpoint::Unix(DEFAULT_SOCKET.into())),
            Some(name) => {
                let host = self.host_of_context(&name).ok_or_else(|| {
                    TaskError::new(ErrorCode::UNAVAILABLE, format!("the Docker context `{name}` is not defined"))
                        .hint("`docker context ls` lists the contexts, `docker context use default` goes back to the default")
                })?;
                self.parse(&host, &format!("the Docker context `{name}`"))
            }
        }
    }

    /// Docker keeps a context's metadata in a directory that is named after the digest of the context's name.
    fn host_of_context(&self, name: &str) -> Option<String> {
        let mut directory = String::new();
        for byte in Sha256::digest(name.as_bytes()) {
            let _ = write!(directory, "{byte:02x}");
        }
        let meta = read_json(&self.config.join("contexts/meta").join(directory).join("meta.json"))?;
        Some(meta.pointer("/Endpoints/docker/Host")?.as_str()?.to_owned())
    }

    fn parse(&self, host: &str, origin: &str) -> Result<Endpoint, TaskError> {
        if let Some(path) = host.strip_prefix("unix://") {
            return Ok(Endpoint::Unix(path.into()));
        }
        let address = host.strip_prefix("tcp://").or_else(|| host.strip_prefix("http://"));
        match address {
            Some(address) if !self.tls => Ok(Endpoint::Tcp(address.trim_end_matches('/').to_owned())),
            _ => Err(TaskError::new(ErrorCode::UNSUPPORTED, format!("{origin} names `{}`, which is not supported", shown(host)))
                .hint("use a Unix socket (`unix:///var/run/docker.sock`) or TCP without TLS (`tcp://127.0.0.1:2375`); for a remote daemon, forward its socket: `ssh -NL /tmp/docker.sock:/var/run/docker.sock HOST`")),
        }
    }
}

/// An address without what may be a password.
fn shown(host: &str) -> String {
    match (host.split_once("://"), host.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => host.to_owned(),
    }
}

fn read_json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// Decodes base64, with or without padding.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(host: &str) -> DockerSettings {
        DockerSettings { host: Some(host.to_owned()), ..DockerSettings::default() }
    }

    #[test]
    fn docker_host_comes_first() {
        assert_eq!(host("unix:///run/x.sock").endpoint(), Ok(Endpoint::Unix("/run/x.sock".into())));
        assert_eq!(host("tcp://10.0.0.1:2375").endpoint(), Ok(Endpoint::Tcp("10.0.0.1:2375".into())));
        assert_eq!(DockerSettings::default().endpoint(), Ok(Endpoint::Unix(DEFAULT_SOCKET.into())));
    }

    #[test]
    fn what_is_not_supported_says_so_and_hides_passwords() {
        let error = host("ssh://me:hunter2@build").endpoint().unwrap_err();
        assert_eq!(error.code, ErrorCode::UNSUPPORTED);
        assert!(!error.message.contains("hunter2") && error.message.contains("build"));
        let tls = DockerSettings { tls: true, ..host("tcp://10.0.0.1:2376") };
        assert_eq!(tls.endpoint().unwrap_err().code, ErrorCode::UNSUPPORTED);
    }

    #[test]
    fn the_current_context_is_honoured() {
        let config = tempfile::tempdir().unwrap();
        std::fs::write(config.path().join("config.json"), r#"{"currentContext":"rootless"}"#).unwrap();
        let settings = DockerSettings { config: config.path().into(), ..DockerSettings::default() };
        assert_eq!(settings.endpoint().unwrap_err().code, ErrorCode::UNAVAILABLE);
        let directory: String = Sha256::digest(b"rootless").iter().map(|byte| format!("{byte:02x}")).collect();
        let directory = config.path().join("contexts/meta").join(directory);
        std::fs::create_dir_all(&directory).unwrap();
        let meta = r#"{"Name":"rootless","Endpoints":{"docker":{"Host":"unix:///run/user/1000/docker.sock"}}}"#;
        std::fs::write(directory.join("meta.json"), meta).unwrap();
        assert_eq!(settings.endpoint(), Ok(Endpoint::Unix("/run/user/1000/docker.sock".into())));
    }
}
