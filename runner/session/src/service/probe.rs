use infra_event::{ErrorCode, TaskError};
use std::time::Duration;
use tokio::net::TcpStream;

/// How long one connection may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// The wait between two.
const PAUSE: Duration = Duration::from_millis(50);
/// A service that says nothing about when it is ready is so when it has not ended within this time.
const ALIVE: Duration = Duration::from_millis(500);

/// How a service is seen to be ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    /// It lives.
    Alive,
    /// This address accepts connections: `HOST:PORT`.
    Tcp(String),
}

impl Probe {
    /// Reads what `ready` says.
    pub(crate) fn parse(ready: Option<&str>) -> Result<Self, TaskError> {
        let Some(ready) = ready else { return Ok(Self::Alive) };
        let address = ready.strip_prefix("tcp://").and_then(|address| address.rsplit_once(':'));
        match address {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0) => {
                Ok(Self::Tcp(format!("{host}:{port}")))
            }
            _ => Err(TaskError::new(ErrorCode::INVALID, format!("`ready` of the service is `{ready}`"))
                .hint("it must be `tcp://HOST:PORT`")),
        }
    }

    /// Waits until it is ready.
    pub(crate) async fn wait(&self) {
        match self {
            Self::Alive => tokio::time::sleep(ALIVE).await,
            Self::Tcp(_) => {
                while !self.answers().await {
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Whether the address accepts a connection now. Where there is none, nothing is known, and that is no.
    pub(crate) async fn answers(&self) -> bool {
        match self {
            Self::Alive => false,
            Self::Tcp(address) => matches!(tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await, Ok(Ok(_))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_port() {
        assert_eq!(Probe::parse(None).ok(), Some(Probe::Alive));
        assert_eq!(Probe::parse(Some("tcp://[::1]:80")).ok(), Some(Probe::Tcp("[::1]:80".to_owned())));
        for wrong in ["tcp://", "tcp://a", "tcp://a:", "tcp://:80", "tcp://a:0", "tcp://a:65536", "http://a:80", "a:80"] {
            assert!(Probe::parse(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
