use super::api_error::docker_error;
use super::connection::{Connection, Daemon, reach};
use super::endpoint::{DockerSettings, Endpoint};
use super::inherited::inherited;
use super::kept_volumes::KeptVolumes;
use super::label;
use bollard::Docker;
use bollard::query_parameters::ListContainersOptions;
use infra_event::{ErrorCode, TaskError};
use serde_json::Value;
use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio_util::task::AbortOnDropHandle;

/// The Docker daemon of a run. It is connected to at the first use, and again after the connection broke.
#[derive(Debug)]
pub struct DockerHost {
    settings: DockerSettings,
    connection: Mutex<Option<Arc<Connection>>>,
    /// Of containers that this run removed.
    pub(super) kept_volumes: KeptVolumes,
}

/// A container of a project.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ContainerSummary {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The image as it was asked for.
    pub image: String,
    /// `running`, `exited` and so on.
    pub state: String,
    /// As `Up 3 minutes (healthy)`.
    pub status: String,
    /// The run that made it.
    pub run: String,
}

impl DockerHost {
    /// Nothing is connected yet.
    #[must_use]
    pub fn new(settings: DockerSettings) -> Self {
        Self { settings, connection: Mutex::new(None), kept_volumes: KeptVolumes::default() }
    }

    /// What decides which daemon is used.
    #[must_use]
    pub const fn settings(&self) -> &DockerSettings {
        &self.settings
    }

    /// The daemon that answers.
    ///
    /// # Errors
    /// When there is none, it may not be used, or it is too old.
    pub async fn connection(&self) -> Result<Arc<Connection>, TaskError> {
        let mut connection = self.connection.lock().await;
        if let Some(connection) = &*connection {
            return Ok(Arc::clone(connection));
        }
        let opened = Arc::new(Connection::open(&self.settings.endpoint()?).await?);
        *connection = Some(Arc::clone(&opened));
        Ok(opened)
    }

    /// What the daemon says about itself; it is asked each time.
    ///
    /// # Errors
    /// When there is none, or it does not answer.
    pub async fn ping(&self) -> Result<Daemon, TaskError> {
        self.call("ping the Docker daemon", |docker| async move { docker.ping().await }).await?;
        Ok(self.connection().await?.daemon.clone())
    }

    /// The containers of a project, by name.
    ///
    /// # Errors
    /// When the daemon does not answer.
    pub async fn project_containers(&self, project: &str) -> Result<Vec<ContainerSummary>, TaskError> {
        let filters = HashMap::from([("label".to_owned(), vec![format!("{}={project}", label::PROJECT), label::RUN.to_owned()])]);
        let options = ListContainersOptions { all: true, filters: Some(filters), ..ListContainersOptions::default() };
        let listed = self.call("list containers", |docker| async move { docker.list_containers(Some(options)).await }).await?;
        let mut own = Vec::new();
        for container in listed {
            let labels = container.labels.as_ref().and_then(|labels| serde_json::to_value(labels).ok());
            if !inherited(self, labels.as_ref(), container.image_id.as_deref().unwrap_or_default()).await? {
                own.push(container);
            }
        }
        let mut summaries: Vec<_> = own
            .into_iter()
            .map(|container| ContainerSummary {
                id: container.id.unwrap_or_default(),
                name: container
                    .names
                    .unwrap_or_default()
                    .first()
                    .map(|name| name.trim_start_matches('/').to_owned())
                    .unwrap_or_default(),
                image: container.image.unwrap_or_default(),
                state: container.state.map(|state| state.to_string()).unwrap_or_default(),
                status: container.status.unwrap_or_default(),
                run: container.labels.and_then(|mut labels| labels.remove(label::RUN)).unwrap_or_default(),
            })
            .collect();
        summaries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(summaries)
    }

    /// Stops one of the containers that [`DockerHost::project_containers`] lists: what a person asks for, not a task.
    ///
    /// # Errors
    /// When the daemon does not answer, or refuses.
    pub async fn stop_listed(&self, container: &ContainerSummary) -> Result<(), TaskError> {
        let id = container.id.clone();
        let doing = format!("stop the container `{}`", container.name);
        self.patient(&doing, |docker| async move { docker.stop_container(&id, None).await }).await
    }

    /// Where the daemon and what is behind it listen: whoever reaches one of these owns the machine.
    pub(super) fn sockets(&self) -> Vec<PathBuf> {
        let own = match self.settings.endpoint() {
            Ok(Endpoint::Unix(path)) => Some(path),
            _ => None,
        };
        let known = [
            "/var/run/docker.sock",
            "/run/docker.sock",
            "/run/docker/containerd/containerd.sock",
            "/run/containerd/containerd.sock",
            "/run/podman/podman.sock",
        ];
        let mut sockets: Vec<PathBuf> = known.iter().map(PathBuf::from).chain(own).collect();
        let canonical: Vec<_> = sockets.iter().filter_map(|path| path.canonicalize().ok()).collect();
        sockets.extend(canonical);
        sockets
    }

    /// A call on a task of the runtime, so that answers are not parsed on the guest's stack. Dropping the future drops the request.
    pub(super) async fn call<T, F, R>(&self, doing: &str, request: F) -> Result<T, TaskError>
    where
        T: Send + 'static,
        F: FnOnce(Docker) -> R,
        R: Future<Output = Result<T, bollard::errors::Error>> + Send + 'static,
    {
        self.raw(request).await?.map_err(|error| docker_error(doing, error)).map_err(|error| self.note(error))
    }

    /// As `call`, for what may take as long as it takes.
    pub(super) async fn patient<T, F, R>(&self, doing: &str, request: F) -> Result<T, TaskError>
    where
        T: Send + 'static,
        F: FnOnce(Docker) -> R,
        R: Future<Output = Result<T, bollard::errors::Error>> + Send + 'static,
    {
        let connection = self.connection().await?;
        let result = on_the_runtime(request(connection.patient.clone())).await?;
        result.map_err(|error| docker_error(doing, error)).map_err(|error| self.note(error))
    }

    /// The inspection of something, where it is there.
    pub(super) async fn inspection<T, F, R>(&self, doing: &str, request: F) -> Result<Option<Value>, TaskError>
    where
        T: serde::Serialize + Send + 'static,
        F: FnOnce(Docker) -> R,
        R: Future<Output = Result<T, bollard::errors::Error>> + Send + 'static,
    {
        let asked = |docker| {
            let request = request(docker);
            async move { request.await.map(|answer| serde_json::to_value(answer).unwrap_or_default()) }
        };
        match self.raw(asked).await? {
            Ok(value) => Ok(Some(value)),
            Err(error) if super::api_error::is_absent(&error) => Ok(None),
            Err(error) => Err(self.note(docker_error(doing, error))),
        }
    }

    /// What a registry says about an image, where it has it.
    pub(super) async fn distribution<T, F, R>(&self, doing: &str, request: F) -> Result<Option<Value>, TaskError>
    where
        T: serde::Serialize + Send + 'static,
        F: FnOnce(Docker) -> R,
        R: Future<Output = Result<T, bollard::errors::Error>> + Send + 'static,
    {
        match self.patient(doing, request).await {
            Ok(answer) => Ok(Some(serde_json::to_value(answer).unwrap_or_default())),
            Err(error) if error.code == ErrorCode::NOT_FOUND => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn raw<T, F, R>(&self, request: F) -> Result<Result<T, bollard::errors::Error>, TaskError>
    where
        T: Send + 'static,
        F: FnOnce(Docker) -> R,
        R: Future<Output = Result<T, bollard::errors::Error>> + Send + 'static,
    {
        let connection = self.connection().await?;
        on_the_runtime(request(connection.docker.clone())).await
    }

    /// A daemon that stops ends its containers, and still answers on connections that are open: what fails then fails because of it.
    ///
    /// # Errors
    /// When the daemon listens no longer.
    pub(super) async fn still_listens(&self, doing: &str) -> Result<(), TaskError> {
        let reached = reach(&self.settings.endpoint()?).await;
        let gone = |error: TaskError| TaskError { message: format!("cannot {doing}: {}", error.message), ..error };
        reached.map_err(|error| self.note(gone(error)))
    }

    /// After a failure that may be the connection's, the next call connects anew: then the error says why it cannot.
    pub(super) fn note(&self, error: TaskError) -> TaskError {
        if error.code == ErrorCode::UNAVAILABLE
            && let Ok(mut connection) = self.connection.try_lock()
        {
            *connection = None;
        }
        error
    }
}

async fn on_the_runtime<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, TaskError> {
    AbortOnDropHandle::new(tokio::spawn(work))
        .await
        .map_err(|_| TaskError::new(ErrorCode::CANCELLED, "the call of the Docker daemon was cancelled"))
}
