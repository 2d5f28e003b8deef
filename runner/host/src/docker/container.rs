use super::carry_through::carry_through;
use super::found::Found;
use super::kept_volumes;
use super::mount_source::refuse_moved;
use super::port_holder::name_the_holder;
use super::step_docker::{StepDocker, absent, draft};
use bollard::Docker;
use bollard::query_parameters::{RemoveContainerOptions, RemoveVolumeOptions};
use infra_effect::{DockerObject, DockerVerb, EffectKind};
use infra_event::{ErrorCode, TaskError};
use infra_gate::{Decision, Planned};
use serde_json::Value;

impl StepDocker {
    /// The container's inspection, where there is one.
    ///
    /// # Errors
    /// When it is another's and not granted, or the daemon does not answer.
    pub async fn inspect_container(&self, name: &str) -> Result<Option<Value>, TaskError> {
        self.inspect(EffectKind::ContainerInspect, DockerObject::Container(name.to_owned())).await
    }

    /// Starts a container. One that runs already is left alone.
    ///
    /// # Errors
    /// When it is not granted, is not there, or does not start.
    pub async fn start_container(&self, name: &str) -> Result<(), TaskError> {
        let object = DockerObject::Container(name.to_owned());
        let (effect, found) = self.target(EffectKind::ContainerStart, draft(DockerVerb::Run, object)).await?;
        let Some(found) = found else { return Err(absent(&effect.object)) };
        if found.running() {
            return self.unchanged(EffectKind::ContainerInspect, effect).await;
        }
        if !found.planned {
            self.refuse_moved_mounts(&found.json).await?;
        }
        let object = effect.object.clone();
        match self.admit(EffectKind::ContainerStart, effect).await? {
            Decision::Perform(permit) => {
                let host = self.host.clone();
                let work = async move {
                    let doing = format!("start the container `{}`", found.name);
                    let id = found.id.clone();
                    match host.patient(&doing, |docker| async move { docker.start_container(&id, None).await }).await {
                        Err(error) => Err(name_the_holder(&host, &found.id, error).await),
                        Ok(()) => Ok(()),
                    }
                };
                carry_through(permit, work, None).await
            }
            Decision::Simulate(_) => {
                self.plan(&object, Planned::Present(found.with_state("running", true)));
                Ok(())
            }
        }
    }

    async fn refuse_moved_mounts(&self, inspection: &Value) -> Result<(), TaskError> {
        let sockets = self.host.sockets();
        for mount in inspection.get("Mounts").and_then(Value::as_array).into_iter().flatten() {
            let text = |key: &str| mount.get(key).and_then(Value::as_str).unwrap_or_default();
            let read_only = !mount.get("RW").and_then(Value::as_bool).unwrap_or(true);
            match text("Type") {
                "bind" => refuse_moved(&self.paths, &sockets, text("Source"), read_only)?,
                "volume" => {
                    let found = self.find(&DockerObject::Volume(text("Name").to_owned())).await?;
                    let device = |found: &Found| found.json.pointer("/Options/device").and_then(Value::as_str).map(str::to_owned);
                    if let Some(device) = found.filter(|found| found.own).as_ref().and_then(device)
                        && device.starts_with('/')
                        && !device.starts_with("//")
                    {
                        refuse_moved(&self.paths, &sockets, &device, read_only)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Removes a container; done where there is none.
    ///
    /// # Errors
    /// When it is not granted, or runs and `force` is not said.
    pub async fn remove_container(&self, name: &str, force: bool, anonymous_volumes: bool) -> Result<(), TaskError> {
        let object = DockerObject::Container(name.to_owned());
        let (effect, found) = self.target(EffectKind::ContainerRemove, draft(DockerVerb::Remove, object)).await?;
        let Some(found) = found else { return self.unchanged(EffectKind::ContainerInspect, effect).await };
        let object = effect.object.clone();
        let decision = self.admit(EffectKind::ContainerRemove, effect).await?;
        let volumes = if anonymous_volumes { kept_volumes::anonymous_volumes(&found.json) } else { vec![] };
        if !anonymous_volumes {
            self.host.kept_volumes.remember(&found.json);
        }
        match decision {
            Decision::Perform(permit) => {
                let host = self.host.clone();
                let work = async move {
                    let options = RemoveContainerOptions { force, v: anonymous_volumes, ..RemoveContainerOptions::default() };
                    let doing = format!("remove the container `{}`", found.name);
                    let request = |docker: Docker| async move {
                        match docker.remove_container(&found.id, Some(options)).await {
                            Err(error) if !super::api_error::is_absent(&error) => Err(error),
                            _ => Ok(()),
                        }
                    };
                    host.patient(&doing, request).await?;
                    // To the daemon a volume that an earlier container had is one with a name.
                    for volume in volumes {
                        let doing = format!("remove the volume `{volume}`");
                        let gone = host.call(&doing, |docker| async move {
                            docker.remove_volume(&volume, None::<RemoveVolumeOptions>).await
                        });
                        if let Err(error) = gone.await
                            && !matches!(error.code.as_str(), ErrorCode::NOT_FOUND | ErrorCode::CONFLICT)
                        {
                            return Err(error);
                        }
                    }
                    Ok(())
                };
                carry_through(permit, work, None).await
            }
            Decision::Simulate(_) => {
                self.plan(&object, Planned::Absent);
                Ok(())
            }
        }
    }
}
