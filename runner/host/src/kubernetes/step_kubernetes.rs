use super::connection::Connection;
use super::resource::{Resource, check_name, check_namespace};
use infra_effect::{Effect, EffectKind, KubernetesEffect, KubernetesObject, KubernetesVerb};
use infra_event::{ErrorCode, RunId, TaskError};
use infra_gate::{Decision, Masker, Overlay, Permit, Planned, StepGate};
use serde_json::Value;
use std::sync::Arc;

/// A cluster as one attempt of a step may use it.
#[derive(Clone, Debug)]
pub struct StepKubernetes {
    /// The cluster.
    pub connection: Arc<Connection>,
    /// Admits.
    pub gate: Arc<StepGate>,
    /// The project's name.
    pub project: String,
    /// The run.
    pub run: RunId,
}

/// One object, as a task names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// As `apps/v1`.
    pub api_version: Option<String>,
    /// A kind, a plural or a short name.
    pub kind: String,
    /// The context's, where nothing is said.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

/// An object whose kind the server knows.
#[derive(Clone, Debug)]
pub(super) struct Located {
    pub(super) resource: Resource,
    pub(super) namespace: Option<String>,
    pub(super) name: String,
}

impl Located {
    pub(super) fn path(&self, part: Option<&str>) -> String {
        self.resource.path(self.namespace.as_deref(), Some(&self.name), part)
    }

    pub(super) fn object(&self) -> KubernetesObject {
        self.resource.object(self.namespace.as_deref(), &self.name)
    }

    /// As `Deployment shop/web`.
    pub(super) fn shown(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{} {namespace}/{}", self.resource.kind, self.name),
            None => format!("{} {}", self.resource.kind, self.name),
        }
    }
}

impl StepKubernetes {
    pub(super) fn effect(&self, verb: KubernetesVerb, object: KubernetesObject) -> KubernetesEffect {
        KubernetesEffect {
            verb,
            context: self.connection.context.clone(),
            object,
            contents: false,
            port: None,
            command: vec![],
            note: String::new(),
        }
    }

    pub(super) fn masker(&self) -> &Masker {
        self.gate.gate().masker()
    }

    pub(super) fn overlay(&self) -> &Overlay {
        self.gate.gate().overlay()
    }

    fn family(&self) -> String {
        format!("kubernetes:{}", self.connection.context)
    }

    /// What the plan makes of an object, if it touches it.
    pub(super) fn planned(&self, object: &KubernetesObject) -> Option<Planned> {
        self.overlay().get(&self.family(), &key(object))
    }

    /// Plans an object's state.
    pub(super) fn plan(&self, object: &KubernetesObject, planned: Planned) {
        self.overlay().set(&self.family(), &key(object), planned);
    }

    /// All objects that the plan touches.
    pub(super) fn all_planned(&self) -> Vec<(String, Planned)> {
        self.overlay().all(&self.family())
    }

    /// The kinds that definitions in the plan would make.
    pub(super) fn planned_kinds(&self) -> Vec<Resource> {
        let definitions = self.all_planned().into_iter().filter(|(key, _)| key.starts_with("CustomResourceDefinition."));
        definitions
            .filter_map(|(_, planned)| match planned {
                Planned::Present(definition) => Some(Resource::of_definition(&definition)),
                Planned::Absent => None,
            })
            .flatten()
            .collect()
    }

    pub(super) async fn admit(&self, kind: EffectKind, effect: KubernetesEffect) -> Result<Decision, TaskError> {
        self.gate.admit(Effect::Kubernetes { kind, effect }).await.map_err(TaskError::from)
    }

    pub(super) async fn admit_read(&self, kind: EffectKind, effect: KubernetesEffect) -> Result<Permit, TaskError> {
        match self.admit(kind, effect).await? {
            Decision::Perform(permit) => Ok(permit),
            Decision::Simulate(simulated) => Err(simulated.unknown()),
        }
    }

    pub(super) fn allows(&self, kind: EffectKind, effect: &KubernetesEffect) -> bool {
        self.gate.allows(&Effect::Kubernetes { kind, effect: effect.clone() })
    }

    /// Refuses what is not granted, before anything of it is sent.
    pub(super) async fn refuse_early(&self, kind: EffectKind, effect: &KubernetesEffect) -> Result<(), TaskError> {
        let effect = Effect::Kubernetes { kind, effect: effect.clone() };
        if self.gate.allows(&effect) {
            return Ok(());
        }
        match self.gate.admit(effect).await {
            Err(error) => Err(error.into()),
            Ok(_) => Ok(()),
        }
    }

    /// The namespace that is meant; none for what is outside of namespaces.
    pub(super) fn namespace(&self, resource: &Resource, named: Option<&str>) -> Result<Option<String>, TaskError> {
        if !resource.namespaced {
            return Ok(None);
        }
        let namespace = named.unwrap_or(&self.connection.namespace);
        check_namespace(namespace)?;
        Ok(Some(namespace.to_owned()))
    }

    /// The kind that is called so, also where only the plan has its definition.
    pub(super) async fn resolve(&self, api_version: Option<&str>, kind: &str) -> Result<Resource, TaskError> {
        let fits =
            |resource: &Resource| resource.is_called(kind) && api_version.is_none_or(|version| resource.api_version() == version);
        match self.planned_kinds().into_iter().find(fits) {
            Some(planned) => Ok(planned),
            None => self.connection.resolve(api_version, kind).await,
        }
    }

    /// The object that a task names.
    pub(super) async fn locate(&self, target: &Target) -> Result<Located, TaskError> {
        if target.kind.is_empty() {
            return Err(TaskError::new(ErrorCode::INVALID, "no kind is named").hint("name one, as `Deployment`"));
        }
        check_name(&target.kind, &target.name)?;
        let resource = self.resolve(target.api_version.as_deref(), &target.kind).await?;
        let namespace = self.namespace(&resource, target.namespace.as_deref())?;
        Ok(Located { resource, namespace, name: target.name.clone() })
    }
}

fn key(object: &KubernetesObject) -> String {
    format!("{}/{}/{}", object.full_kind(), object.namespace().unwrap_or_default(), object.name)
}

/// Whether an object is there that a plan, or the server, says to be there.
pub(super) fn present(planned: Planned) -> Option<Value> {
    match planned {
        Planned::Present(object) => Some(object),
        Planned::Absent => None,
    }
}
