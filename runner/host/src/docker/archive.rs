//! Files of a container as a tar archive, out of it and into it. It need not run.

use super::api_error::docker_error;
use super::step_docker::{StepDocker, absent, draft};
use crate::permit_slot::PermitSlot;
use bollard::query_parameters::{DownloadFromContainerOptions, UploadToContainerOptions};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use infra_effect::{DockerObject, DockerVerb, EffectKind};
use infra_event::{ErrorCode, TaskError};
use infra_gate::Decision;
use std::pin::Pin;

/// An admitted way to the files of a container.
#[derive(Debug)]
pub(crate) struct ContainerFiles {
    docker: StepDocker,
    /// The container that was looked at.
    id: String,
    path: String,
    doing: String,
    pub(crate) permit: PermitSlot,
}

/// The pieces of an archive.
pub(crate) type Archive = Pin<Box<dyn Stream<Item = Result<Bytes, TaskError>> + Send>>;

impl StepDocker {
    /// Has the reading of a container's files admitted.
    pub(crate) async fn files_out(&self, name: &str, path: &str) -> Result<ContainerFiles, TaskError> {
        self.files(EffectKind::ContainerArchive, name, path, "read").await
    }

    /// Has the writing of a container's files admitted.
    pub(crate) async fn files_in(&self, name: &str, path: &str) -> Result<ContainerFiles, TaskError> {
        self.files(EffectKind::ContainerExtract, name, path, "unpack an archive into").await
    }

    async fn files(&self, kind: EffectKind, name: &str, path: &str, doing: &str) -> Result<ContainerFiles, TaskError> {
        if !path.starts_with('/') || path.contains('\0') {
            let message = format!("`{path}` is no path in a container");
            return Err(TaskError::new(ErrorCode::INVALID, message).hint("begin it with `/`"));
        }
        let mut effect = draft(DockerVerb::Copy, DockerObject::Container(name.to_owned()));
        effect.command = vec![path.to_owned()];
        let (effect, found) = self.target(kind, effect).await?;
        let Some(found) = found else { return Err(absent(&effect.object)) };
        let permit = match self.admit(kind, effect).await? {
            Decision::Perform(permit) => permit,
            Decision::Simulate(simulated) => return Err(simulated.unknown()),
        };
        let doing = format!("{doing} `{path}` in the container `{}`", found.name);
        Ok(ContainerFiles {
            docker: self.clone(),
            id: found.id,
            path: path.to_owned(),
            doing,
            permit: PermitSlot::new(Some(permit)),
        })
    }
}

impl ContainerFiles {
    /// The archive of the path, as it is now.
    pub(crate) async fn archive(&self) -> Result<Archive, TaskError> {
        let connection = self.docker.host.connection().await?;
        let options = DownloadFromContainerOptions { path: self.path.clone() };
        let (host, doing) = (self.docker.host.clone(), self.doing.clone());
        let pieces = connection.patient.clone().download_from_container(&self.id, Some(options));
        Ok(pieces.map(move |piece| piece.map_err(|error| host.note(docker_error(&doing, error)))).boxed())
    }

    /// Unpacks an archive into the path, a directory. Where a piece is an error, the daemon is told that the archive is not whole.
    pub(crate) async fn extract(
        &self,
        archive: impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static,
    ) -> Result<(), TaskError> {
        let (id, path) = (self.id.clone(), self.path.clone());
        let options = UploadToContainerOptions { path, ..UploadToContainerOptions::default() };
        let body = bollard::body_try_stream(archive);
        self.docker
            .host
            .patient(&self.doing, |docker| async move { docker.upload_to_container(&id, Some(options), body).await })
            .await
    }

    /// What is done, for errors.
    pub(crate) fn doing(&self) -> &str {
        &self.doing
    }
}
