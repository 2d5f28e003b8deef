use super::docker_host::DockerHost;
use super::found::{self, Found};
use super::{label, object_name};
use crate::ProjectPaths;
use infra_effect::{DockerEffect, DockerObject, DockerVerb, Effect, EffectKind, familiar_image_name};
use infra_event::{ErrorCode, RunId, TaskError};
use infra_gate::{Decision, Overlay, Permit, Planned, StepGate};
use serde_json::Value;
use std::sync::Arc;

/// The Docker daemon as one attempt of a step may use it.
#[derive(Clone, Debug)]
pub struct StepDocker {
    /// The daemon.
    pub host: Arc<DockerHost>,
    /// Admits.
    pub gate: Arc<StepGate>,
    /// The project's name.
    pub project: String,
    /// The run.
    pub run: RunId,
    /// The project's paths.
    pub paths: Arc<ProjectPaths>,
}

impl StepDocker {
    /// What the daemon says about itself.
    ///
    /// # Errors
    /// When it is not granted, or the daemon does not answer.
    pub async fn ping(&self) -> Result<super::Daemon, TaskError> {
        let permit = self.admit_read(EffectKind::DockerPing, draft(DockerVerb::Inspect, DockerObject::Daemon)).await?;
        permit.end(self.host.ping().await)
    }

    pub(super) fn overlay(&self) -> &Overlay {
        self.gate.gate().overlay()
    }

    /// Plans an object's state.
    pub(super) fn plan(&self, object: &DockerObject, planned: Planned) {
        self.overlay().set(found::family(object), object.name(), planned);
    }

    pub(super) async fn admit(&self, kind: EffectKind, effect: DockerEffect) -> Result<Decision, TaskError> {
        self.gate.admit(Effect::Docker { kind, effect }).await.map_err(TaskError::from)
    }

    pub(super) async fn admit_read(&self, kind: EffectKind, effect: DockerEffect) -> Result<Permit, TaskError> {
        match self.admit(kind, effect).await? {
            Decision::Perform(permit) => Ok(permit),
            Decision::Simulate(simulated) => Err(simulated.unknown()),
        }
    }

    /// Refuses what no answer of the daemon could make allowed, before the daemon is asked anything.
    pub(super) async fn refuse_early(&self, kind: EffectKind, effect: &DockerEffect) -> Result<(), TaskError> {
        let effect = Effect::Docker { kind, effect: effect.clone() };
        if self.gate.allows(&effect) {
            return Ok(());
        }
        match self.gate.admit(effect).await {
            Err(error) => Err(error.into()),
            Ok(_) => Ok(()),
        }
    }

    /// The object that an effect is about, and the effect with what the daemon says: whose it is, and its name where an id was given.
    pub(super) async fn target(
        &self,
        kind: EffectKind,
        mut effect: DockerEffect,
    ) -> Result<(DockerEffect, Option<Found>), TaskError> {
        if matches!(effect.object, DockerObject::Image(_)) {
            object_name::image_name(effect.object.name())?;
            effect.object = DockerObject::Image(familiar_image_name(effect.object.name()));
            effect.image = Some(effect.object.name().to_owned());
        } else {
            object_name::object_name(label::noun(&effect.object), effect.object.name())?;
        }
        self.refuse_early(kind, &effect).await?;
        let found = self.find(&effect.object).await?;
        if let Some(found) = &found {
            effect.own = found.own;
            effect.image = effect.image.or_else(|| found.image.clone());
            effect.object = match effect.object {
                DockerObject::Container(_) => DockerObject::Container(found.name.clone()),
                DockerObject::Network(_) => DockerObject::Network(found.name.clone()),
                other => other,
            };
        }
        Ok((effect, found))
    }

    pub(super) async fn find(&self, object: &DockerObject) -> Result<Option<Found>, TaskError> {
        found::find(&self.host, self.overlay(), &self.project, object).await
    }

    /// The image of a container.
    pub(crate) async fn image_of(&self, container: &str) -> Result<String, TaskError> {
        let effect = draft(DockerVerb::Exec, DockerObject::Container(container.to_owned()));
        let (effect, found) = self.target(EffectKind::ContainerExec, effect).await?;
        Ok(found.ok_or_else(|| absent(&effect.object))?.image.unwrap_or_default())
    }

    /// An object's inspection.
    pub(super) async fn inspect(&self, kind: EffectKind, object: DockerObject) -> Result<Option<Value>, TaskError> {
        let (effect, found) = self.target(kind, draft(DockerVerb::Inspect, object)).await?;
        self.admit_read(kind, effect).await?.done(None);
        Ok(found.map(|found| found.json))
    }

    /// A write that has nothing to do is a read: it must be granted all the same, and changes nothing.
    pub(super) async fn unchanged(&self, kind: EffectKind, effect: DockerEffect) -> Result<(), TaskError> {
        self.admit_read(kind, effect).await?.done(None);
        Ok(())
    }

    /// Something of another's may be used when it is granted by name.
    pub(super) async fn refuse_foreign(&self, kind: EffectKind, object: DockerObject) -> Result<(), TaskError> {
        let (effect, found) = self.target(kind, draft(DockerVerb::Inspect, object)).await?;
        if found.is_none() {
            return Err(absent(&effect.object));
        }
        self.refuse_early(kind, &effect).await
    }
}

/// An effect on something of this project.
pub(super) const fn draft(verb: DockerVerb, object: DockerObject) -> DockerEffect {
    DockerEffect { verb, object, image: None, own: true, container: None, command: Vec::new(), context: None }
}

/// The error about something that is not there.
pub(super) fn absent(object: &DockerObject) -> TaskError {
    let noun = label::noun(object);
    let hint = match object {
        DockerObject::Container(_) => "create it first; `docker ps -a` lists what is there",
        DockerObject::Network(_) => "create it first; `docker network ls` lists what is there",
        DockerObject::Volume(_) => "create it first; `docker volume ls` lists what is there",
        _ => "pull or build it first; `docker images` lists what is there",
    };
    TaskError::new(ErrorCode::NOT_FOUND, format!("there is no {noun} `{}`", object.name())).hint(hint)
}

/// The error about a name that is taken.
pub(super) fn taken(object: &DockerObject, own: bool) -> TaskError {
    let (noun, name) = (label::noun(object), object.name());
    let whose = if own { "this project has" } else { "someone else has" };
    TaskError::new(ErrorCode::CONFLICT, format!("{whose} a {noun} `{name}` already"))
        .hint(format!("remove it (`docker {noun} rm {name}`), or use another name"))
}
