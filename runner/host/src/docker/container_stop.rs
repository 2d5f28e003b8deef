use super::ContainerWait;
use super::carry_through::carry_through;
use super::found::Found;
use super::operation::Operation;
use super::step_docker::{StepDocker, absent, draft};
use bollard::query_parameters::StopContainerOptions;
use infra_effect::{DockerObject, DockerVerb, EffectKind};
use infra_event::TaskError;
use infra_gate::{Decision, Permit, Planned};
use std::future::Future;

impl StepDocker {
    /// Stops a container with its own signal, and kills it after the timeout in seconds. One that does not run is left alone.
    ///
    /// # Errors
    /// When it is not granted, or is not there.
    pub async fn stop_container(&self, name: &str, timeout_s: Option<u32>) -> Result<(), TaskError> {
        match self.admit_stop(name).await? {
            Some((permit, found)) => carry_through(permit, self.stop(found, timeout_s), None).await,
            None => Ok(()),
        }
    }

    /// As [`StepDocker::stop_container`], without waiting: the operation ends when the container has stopped. What has begun is carried
    /// through.
    ///
    /// # Errors
    /// When it is not granted, or is not there.
    pub async fn begin_stop(&self, name: &str, timeout_s: Option<u32>) -> Result<ContainerWait, TaskError> {
        let Some((permit, found)) = self.admit_stop(name).await? else {
            return Ok(Operation::start(None, |_| async { Ok(()) }));
        };
        let work = self.stop(found, timeout_s);
        Ok(Operation::start(None, move |_| carry_through(permit, work, None)))
    }

    /// None where there is nothing to do, or it is only planned.
    async fn admit_stop(&self, name: &str) -> Result<Option<(Permit, Found)>, TaskError> {
        let object = DockerObject::Container(name.to_owned());
        let (effect, found) = self.target(EffectKind::ContainerStop, draft(DockerVerb::Stop, object)).await?;
        let Some(found) = found else { return Err(absent(&effect.object)) };
        if !found.running() {
            return self.unchanged(EffectKind::ContainerInspect, effect).await.map(|()| None);
        }
        let object = effect.object.clone();
        match self.admit(EffectKind::ContainerStop, effect).await? {
            Decision::Perform(permit) => Ok(Some((permit, found))),
            Decision::Simulate(_) => {
                self.plan(&object, Planned::Present(found.with_state("exited", false)));
                Ok(None)
            }
        }
    }

    fn stop(&self, found: Found, timeout_s: Option<u32>) -> impl Future<Output = Result<(), TaskError>> + Send + use<> {
        let host = self.host.clone();
        async move {
            let t = timeout_s.map(|seconds| i32::try_from(seconds).unwrap_or(i32::MAX));
            let options = StopContainerOptions { t, ..StopContainerOptions::default() };
            let doing = format!("stop the container `{}`", found.name);
            host.patient(&doing, |docker| async move { docker.stop_container(&found.id, Some(options)).await }).await
        }
    }
}
