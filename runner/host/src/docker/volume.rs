use super::carry_through::carry_through;
use super::mount_source::mount_source;
use super::step_docker::{StepDocker, draft};
use super::{container_body, label, object_name};
use bollard::Docker;
use bollard::query_parameters::RemoveVolumeOptions;
use infra_effect::{BindMount, ContainerRequest, DockerObject, DockerVerb, EffectKind};
use infra_event::{ErrorCode, TaskError};
use infra_gate::{Decision, Planned};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The fields of `POST /volumes/create` that the gate knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct VolumeBody {
    /// The call's own name comes first; it may be repeated here.
    #[serde(default)]
    name: String,
    driver: Option<String>,
    driver_opts: Option<BTreeMap<String, String>>,
    labels: Option<BTreeMap<String, String>>,
}

impl StepDocker {
    /// The volume's inspection, where there is one.
    ///
    /// # Errors
    /// When it is another's and not granted, or the daemon does not answer.
    pub async fn inspect_volume(&self, name: &str) -> Result<Option<Value>, TaskError> {
        self.inspect(EffectKind::VolumeInspect, DockerObject::Volume(name.to_owned())).await
    }

    /// Creates a volume from a body of `POST /volumes/create`. The project's own is left as it is.
    ///
    /// # Errors
    /// When the body has what the gate does not know, or when it is not granted.
    pub async fn create_volume(&self, name: &str, body: &str) -> Result<(), TaskError> {
        object_name::object_name("volume", name)?;
        let mut body: VolumeBody = container_body::parse("volume", body)?;
        if !body.name.is_empty() && body.name != name {
            let message = format!("the volume is called `{name}` in the call and `{}` in its body", body.name);
            return Err(TaskError::new(ErrorCode::INVALID, message).hint("leave `Name` out of the body"));
        }
        body.name = name.to_owned();
        label::refuse_reserved(body.labels.iter().flatten().map(|(key, _)| key))?;
        let mut effect = draft(DockerVerb::Volumes, DockerObject::Volume(name.to_owned()));
        effect.container = Some(self.asked(&mut body)?);
        let (effect, found) = self.target(EffectKind::VolumeCreate, effect).await?;
        if found.is_some() {
            return self.unchanged(EffectKind::VolumeInspect, effect).await;
        }
        let object = effect.object.clone();
        match self.admit(EffectKind::VolumeCreate, effect).await? {
            Decision::Perform(permit) => {
                label::mark(body.labels.get_or_insert_default(), &self.project, &self.run, permit.id());
                let request: bollard::models::VolumeCreateRequest = container_body::sent(&body)?;
                let (host, project, name) = (self.host.clone(), self.project.clone(), name.to_owned());
                let work = async move {
                    let doing = format!("create the volume `{name}`");
                    let made = host.call(&doing, |docker| async move { docker.create_volume(request).await }).await?;
                    // Somebody else may have been faster, and then the daemon answers with theirs.
                    if made.labels.get(label::PROJECT) == Some(&project) {
                        return Ok(());
                    }
                    Err(super::step_docker::taken(&DockerObject::Volume(name), false))
                };
                carry_through(permit, work, None).await
            }
            Decision::Simulate(_) => {
                let driver = body.driver.as_deref().unwrap_or("local");
                let json = json!({ "Name": name, "Driver": driver, "Labels": self.planned_labels(body.labels.as_ref()), "Options": body.driver_opts });
                self.plan(&object, Planned::Present(json));
                Ok(())
            }
        }
    }

    /// What a volume reaches beyond the daemon's own storage: `o=bind` makes it a mount of a directory of the host.
    fn asked(&self, body: &mut VolumeBody) -> Result<ContainerRequest, TaskError> {
        let mut request = ContainerRequest::default();
        if let Some(driver) = body.driver.as_deref().filter(|driver| !matches!(*driver, "" | "local")) {
            request.options.push(format!("volume-driver={driver}"));
        }
        let said = |key: &str| body.driver_opts.as_ref().and_then(|options| options.get(key)).map_or("", String::as_str);
        let binds = said("o").split(',').any(|option| matches!(option.trim(), "bind" | "rbind"));
        let kind = said("type").to_owned();
        if !matches!(kind.as_str(), "" | "none" | "bind" | "tmpfs" | "nfs" | "nfs4" | "cifs") {
            return Err(TaskError::new(ErrorCode::INVALID, format!("a volume of the type `{kind}` is not supported"))
                .hint("`none` with `o=bind`, `tmpfs`, `nfs`, `nfs4` and `cifs` are supported"));
        }
        let remote = !binds && matches!(kind.as_str(), "tmpfs" | "nfs" | "nfs4" | "cifs");
        // The daemon takes a relative path from its own directory, so every path is made absolute here.
        if let Some(device) = body.driver_opts.as_mut().and_then(|options| options.get_mut("device"))
            && !remote
        {
            let path = mount_source(&self.paths, &self.host.sockets(), device, false)?;
            *device = path.absolute.to_string_lossy().into_owned();
            request.binds.push(BindMount { source: path.shown, target: String::new(), read_only: false });
        }
        for (key, value) in body.driver_opts.iter().flatten() {
            request.options.push(format!("volume-option={key}={value}"));
        }
        Ok(request)
    }

    /// Removes a volume and its data; done where there is none.
    ///
    /// # Errors
    /// When it is not granted, or something uses it.
    pub async fn remove_volume(&self, name: &str) -> Result<(), TaskError> {
        let object = DockerObject::Volume(name.to_owned());
        let (effect, found) = self.target(EffectKind::VolumeRemove, draft(DockerVerb::Clean, object)).await?;
        if found.is_none() {
            return self.unchanged(EffectKind::VolumeInspect, effect).await;
        }
        let object = effect.object.clone();
        match self.admit(EffectKind::VolumeRemove, effect).await? {
            Decision::Perform(permit) => {
                let (host, name) = (self.host.clone(), object.name().to_owned());
                let work = async move {
                    let doing = format!("remove the volume `{name}`");
                    let request = |docker: Docker| async move {
                        match docker.remove_volume(&name, None::<RemoveVolumeOptions>).await {
                            Err(error) if !super::api_error::is_absent(&error) => Err(error),
                            _ => Ok(()),
                        }
                    };
                    host.patient(&doing, request).await
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
