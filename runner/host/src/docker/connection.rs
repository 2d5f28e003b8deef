use super::api_error::docker_error;
use super::endpoint::Endpoint;
use bollard::{API_DEFAULT_VERSION, Docker};
use infra_event::{ErrorCode, TaskError};
use std::io;
use std::time::Duration;

/// Short calls get this long until the daemon starts to answer.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// Pulls, builds and execs end with the step's own time limit; bollard's limit, which runs until the first byte of the answer, must not
/// come before it.
const LONG_TIMEOUT: Duration = Duration::from_secs(7 * 24 * 3600);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The oldest version of the API whose bodies this crate speaks.
const OLDEST_API: (usize, usize) = (1, 41);

/// A daemon that answers.
#[derive(Clone, Debug)]
pub struct Connection {
    /// For short calls.
    pub docker: Docker,
    /// For calls that take as long as they take.
    pub patient: Docker,
    /// What it says about itself.
    pub daemon: Daemon,
    /// Whether it runs on this machine, so that its paths and process ids mean something here.
    pub local: bool,
}

/// What a daemon says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daemon {
    /// As `20.10.24`.
    pub version: String,
    /// The version of the API that both sides speak.
    pub api_version: String,
    /// As `linux`.
    pub operating_system: String,
    /// As `amd64`.
    pub architecture: String,
}

impl Connection {
    /// Connects, asks for the daemon's version and agrees on the API's.
    ///
    /// # Errors
    /// When there is no daemon, it may not be used, or it is too old.
    pub async fn open(endpoint: &Endpoint) -> Result<Self, TaskError> {
        // The client's own errors hide why a socket cannot be reached, so that is found out first.
        reach(endpoint).await?;
        let docker = match endpoint {
            Endpoint::Unix(path) => {
                Docker::connect_with_unix(&path.to_string_lossy(), CALL_TIMEOUT.as_secs(), API_DEFAULT_VERSION)
            }
            Endpoint::Tcp(address) => {
                Docker::connect_with_http(&format!("tcp://{address}"), CALL_TIMEOUT.as_secs(), API_DEFAULT_VERSION)
            }
        };
        let doing = "connect to the Docker daemon";
        let docker = docker.map_err(|error| docker_error(doing, error))?;
        let docker = docker.negotiate_version().await.map_err(|error| docker_error(doing, error))?;
        let version = docker.version().await.map_err(|error| docker_error(doing, error))?;
        let spoken = docker.client_version();
        let found = (spoken.major_version, spoken.minor_version);
        if found < OLDEST_API {
            let message = format!("the Docker daemon speaks version {}.{} of its API, and 1.41 is needed", found.0, found.1);
            return Err(TaskError::new(ErrorCode::UNSUPPORTED, message).hint("upgrade Docker to 20.10 or later"));
        }
        let docker = versioned(docker, found);
        Ok(Self {
            patient: docker.clone().with_timeout(LONG_TIMEOUT),
            daemon: Daemon {
                version: version.version.unwrap_or_default(),
                api_version: format!("{}.{}", found.0, found.1),
                operating_system: version.os.unwrap_or_default(),
                architecture: version.arch.unwrap_or_default(),
            },
            docker,
            local: matches!(endpoint, Endpoint::Unix(_)),
        })
    }
}

/// The client agrees on a version and then leaves it out of its calls, which the daemon takes for its own newest.
fn versioned(docker: Docker, (major, minor): (usize, usize)) -> Docker {
    docker.with_request_modifier(move |mut request| {
        let whole = request.uri().to_string();
        let path = request.uri().path_and_query().map_or("", |path| path.as_str());
        let origin = whole.strip_suffix(path).filter(|_| !path.starts_with("/v1."));
        if let Some(Ok(uri)) = origin.map(|origin| format!("{origin}/v{major}.{minor}{path}").parse()) {
            *request.uri_mut() = uri;
        }
        request
    })
}

/// Whether a daemon listens there.
pub(super) async fn reach(endpoint: &Endpoint) -> Result<(), TaskError> {
    let (shown, result) = match endpoint {
        Endpoint::Unix(path) => {
            let connect = tokio::net::UnixStream::connect(path);
            (path.display().to_string(), tokio::time::timeout(CONNECT_TIMEOUT, connect).await.map(|result| result.map(drop)))
        }
        Endpoint::Tcp(address) => {
            let connect = tokio::net::TcpStream::connect(address);
            (address.clone(), tokio::time::timeout(CONNECT_TIMEOUT, connect).await.map(|result| result.map(drop)))
        }
    };
    let error = match result {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error,
        Err(_) => io::Error::new(io::ErrorKind::TimedOut, "no answer"),
    };
    let unavailable = |message: String, hint: &str| TaskError::new(ErrorCode::UNAVAILABLE, message).hint(hint);
    Err(match error.kind() {
        io::ErrorKind::PermissionDenied => unavailable(
            format!("the Docker socket {shown} may not be used by this user: {error}"),
            "add the user to the group of the socket (`sudo usermod -aG docker $USER`, then log in again), or use rootless Docker",
        ),
        io::ErrorKind::NotFound => unavailable(
            format!("no Docker daemon listens on {shown}: {error}"),
            "install Docker (Debian: `apt-get install docker.io`) and start it (`systemctl start docker`, or `dockerd`), or set DOCKER_HOST",
        ),
        _ => unavailable(
            format!("the Docker daemon at {shown} does not answer: {error}"),
            "start it (`systemctl start docker`, or `dockerd`), or set DOCKER_HOST to one that runs",
        )
        .retryable(),
    })
}
