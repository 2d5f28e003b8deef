use super::failure;
use super::location::Location;
use infra_event::TaskError;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Connects to one of these addresses, and to nothing else.
pub(super) async fn tcp(
    place: &str,
    addresses: &[IpAddr],
    port: u16,
    limit: Duration,
) -> Result<(TcpStream, SocketAddr), TaskError> {
    let deadline = Instant::now() + limit;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "it has no address");
    for (tried, address) in addresses.iter().enumerate() {
        let to = SocketAddr::new(*address, port);
        let share = deadline.saturating_duration_since(Instant::now()) / u32::try_from(addresses.len() - tried).unwrap_or(1);
        match tokio::time::timeout(share, TcpStream::connect(to)).await {
            Ok(Ok(stream)) => {
                let _ = stream.set_nodelay(true);
                return Ok((stream, to));
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(failure::not_connected(place, &last))
}

/// Speaks TLS, to the name that was asked for.
pub(super) async fn tls(
    config: Arc<ClientConfig>,
    location: &Location,
    stream: TcpStream,
    limit: Duration,
) -> Result<Box<dyn Stream>, TaskError> {
    let place = location.authority();
    let name = match location.address() {
        Some(address) => ServerName::IpAddress(address.into()),
        None => ServerName::try_from(location.host.clone())
            .map_err(|error| failure::tls(&place, &io::Error::new(io::ErrorKind::InvalidInput, error)))?,
    };
    match tokio::time::timeout(limit, TlsConnector::from(config).connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => Err(failure::tls(&place, &error)),
        Err(_) => Err(failure::timed_out(&format!("{place} does not speak TLS"), Some(limit))),
    }
}
