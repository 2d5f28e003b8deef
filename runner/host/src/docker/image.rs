use super::carry_through::carry_through;
use super::found::family;
use super::step_docker::{StepDocker, absent, draft};
use super::{credentials, object_name};
use bollard::query_parameters::{RemoveImageOptions, TagImageOptions};
use infra_effect::{DockerObject, DockerVerb, EffectKind, familiar_image_name};
use infra_event::TaskError;
use infra_gate::{Decision, Planned};
use serde_json::{Value, json};

impl StepDocker {
    /// The image's inspection, where the daemon has it.
    ///
    /// # Errors
    /// When it is not granted, or the daemon does not answer.
    pub async fn inspect_image(&self, name: &str) -> Result<Option<Value>, TaskError> {
        self.inspect(EffectKind::ImageInspect, DockerObject::Image(name.to_owned())).await
    }

    /// What the image's registry says about it; none where it does not have it.
    ///
    /// # Errors
    /// When pulling it is not granted, or the daemon or the registry does not answer.
    pub async fn inspect_distribution(&self, name: &str) -> Result<Option<Value>, TaskError> {
        let name = Self::checked_image(name)?;
        let mut effect = draft(DockerVerb::Pull, DockerObject::Image(name.clone()));
        effect.image = Some(name.clone());
        let permit = self.admit_read(EffectKind::ImageDistribution, effect).await?;
        let credentials = credentials::for_image(self.host.settings(), &name).await?;
        let doing = format!("ask the registry about the image `{name}`");
        let asked =
            self.host.distribution(&doing, |docker| async move { docker.inspect_registry_image(&name, credentials).await });
        permit.end(asked.await)
    }

    /// Gives an image another name.
    ///
    /// # Errors
    /// When it is not granted, or there is no such image.
    pub async fn tag_image(&self, source: &str, target: &str) -> Result<(), TaskError> {
        let (effect, found) =
            self.target(EffectKind::ImageTag, draft(DockerVerb::Tag, DockerObject::Image(source.to_owned()))).await?;
        let Some(found) = found else { return Err(absent(&effect.object)) };
        let (effect, before) =
            self.target(EffectKind::ImageTag, draft(DockerVerb::Tag, DockerObject::Image(target.to_owned()))).await?;
        if before.is_some_and(|before| before.id == found.id) {
            return self.unchanged(EffectKind::ImageInspect, effect).await;
        }
        let target = effect.object.name().to_owned();
        let (repository, tag) = target.rsplit_once(':').unwrap_or((&target, "latest"));
        let options = TagImageOptions { repo: Some(repository.to_owned()), tag: Some(tag.to_owned()) };
        match self.admit(EffectKind::ImageTag, effect).await? {
            Decision::Perform(permit) => {
                let host = self.host.clone();
                let work = async move {
                    let doing = format!("tag the image `{}` as `{target}`", found.name);
                    host.call(&doing, |docker| async move { docker.tag_image(&found.id, Some(options)).await }).await
                };
                carry_through(permit, work, None).await
            }
            Decision::Simulate(_) => {
                self.plan_image(&target, found.json);
                Ok(())
            }
        }
    }

    /// Removes an image; done where there is none.
    ///
    /// # Errors
    /// When it is not granted, or something uses the image.
    pub async fn remove_image(&self, name: &str) -> Result<(), TaskError> {
        let (effect, found) =
            self.target(EffectKind::ImageRemove, draft(DockerVerb::Clean, DockerObject::Image(name.to_owned()))).await?;
        if found.is_none() {
            return self.unchanged(EffectKind::ImageInspect, effect).await;
        }
        let object = effect.object.clone();
        match self.admit(EffectKind::ImageRemove, effect).await? {
            Decision::Perform(permit) => {
                let host = self.host.clone();
                let work = async move {
                    let name = object.name().to_owned();
                    let doing = format!("remove the image `{name}`");
                    let request = |docker: bollard::Docker| async move {
                        match docker.remove_image(&name, None::<RemoveImageOptions>, None).await {
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

    /// Plans an image that would be there.
    pub(super) fn plan_image(&self, name: &str, mut inspection: Value) {
        let name = familiar_image_name(name);
        if let Some(fields) = inspection.as_object_mut() {
            fields.insert("RepoTags".to_owned(), json!([name]));
        }
        let family = family(&DockerObject::Image(String::new()));
        self.overlay().set(family, &name, Planned::Present(inspection));
    }

    /// The familiar name of an image that a task names.
    pub(super) fn checked_image(name: &str) -> Result<String, TaskError> {
        object_name::image_name(name)?;
        Ok(familiar_image_name(name))
    }
}
