use super::apply_object::{Course, Wanted};
use super::apply_set::{LABEL, label_value};
use super::manifest::{self, Manifest};
use super::resource::Resource;
use super::step_kubernetes::{Located, StepKubernetes};
use super::{Applying, secret};
use crate::docker::{Operation, send};
use infra_effect::{EffectKind, KubernetesEffect, KubernetesVerb};
use infra_event::{ErrorCode, Mode, TaskError};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// How a text is applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplyRequest {
    /// Where objects go that name no namespace.
    pub namespace: Option<String>,
    /// Take fields over from other managers.
    pub force: bool,
    /// The name of the set that the objects are.
    pub prune: Option<String>,
    /// Only compare.
    pub compare: bool,
    /// For all of it.
    pub timeout: Duration,
}

/// What became of an object, or in a plan would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there.
    Created,
    /// It was different.
    Configured,
    /// It was so already.
    Unchanged,
    /// It is of the set and not wanted any more.
    Deleted,
}

/// One object that is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// As `apps/v1`.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// Where it is in one.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// What became of it.
    pub change: Change,
    /// The fields that differ.
    pub fields: Value,
    /// In a plan: why the server could not be asked.
    pub not_validated: Option<String>,
}

impl Applied {
    pub(super) fn of(located: &Located, change: Change) -> Self {
        Self {
            api_version: located.resource.api_version(),
            kind: located.resource.kind.clone(),
            namespace: located.namespace.clone(),
            name: located.name.clone(),
            change,
            fields: json!([]),
            not_validated: None,
        }
    }
}

impl StepKubernetes {
    /// Applies the objects of a text: namespaces first, then definitions of kinds, then the rest. Each is checked before the first is sent.
    ///
    /// # Errors
    /// When the text is wrong, a kind is not known, or an object is not granted.
    pub async fn apply(&self, text: String, request: ApplyRequest) -> Result<Applying, TaskError> {
        let manifests = tokio::task::spawn_blocking(move || manifest::read(&text))
            .await
            .map_err(|_| TaskError::new(ErrorCode::CANCELLED, "the runner is ending"))??;
        let mut wanted = self.wanted(manifests, &request).await?;
        let course = Course {
            force: request.force,
            dry: request.compare,
            deadline: Instant::now() + request.timeout,
            set: request.prune.as_deref().map(|set| label_value(&self.project, set)).transpose()?,
        };
        for one in &wanted {
            for effect in self.effects_of(one, &course) {
                self.refuse_early(EffectKind::KubernetesApply, &effect).await?;
            }
            if one.located.resource.is_secret() {
                secret::learn(&one.object, self.masker());
            }
        }
        let left = match &course.set {
            Some(set) => {
                let kept: Vec<Located> = wanted.iter().map(|one| one.located.clone()).collect();
                self.left_over(set, &kept).await?
            }
            None => vec![],
        };
        for located in &left {
            self.refuse_early(EffectKind::KubernetesDelete, &self.deletion(located, course.dry)).await?;
        }
        if let Some(set) = &course.set {
            wanted.iter_mut().for_each(|one| one.object["metadata"]["labels"][LABEL] = json!(set));
        }
        wanted.sort_by_key(|one| one.phase);
        let step = self.clone();
        Ok(Operation::start(None, move |sender| async move {
            for one in &wanted {
                let applied = step.apply_one(one, &course).await?;
                let definition = one.is_definition() && !course.dry && applied.change != Change::Unchanged;
                if definition && step.gate.gate().mode() != Mode::Plan {
                    step.until_established(one, course.deadline).await?;
                }
                if !send(&sender, applied).await {
                    return Ok(());
                }
            }
            for located in left.iter().rev() {
                let effect = step.deletion(located, course.dry);
                step.delete_left_over(located, effect, course.dry).await?;
                if !send(&sender, Applied::of(located, Change::Deleted)).await {
                    return Ok(());
                }
            }
            Ok(())
        }))
    }

    /// The objects with their kinds, which definitions among them may make.
    async fn wanted(&self, manifests: Vec<Manifest>, request: &ApplyRequest) -> Result<Vec<Wanted>, TaskError> {
        let definitions = manifests.iter().filter(|one| one.is("apiextensions.k8s.io", "CustomResourceDefinition"));
        let made: Vec<Resource> = definitions.flat_map(|one| Resource::of_definition(&one.object)).collect();
        let mut wanted = vec![];
        for manifest in manifests {
            let of_text = made.iter().find(|one| one.kind == manifest.kind && one.api_version() == manifest.api_version);
            let resource = match of_text {
                Some(resource) => resource.clone(),
                None => self.resolve(Some(&manifest.api_version), &manifest.kind).await.map_err(|error| TaskError {
                    message: format!("line {} of the manifest: {}", manifest.line, error.message),
                    ..error
                })?,
            };
            let named = manifest.namespace.as_deref().or(request.namespace.as_deref());
            let namespace = self.namespace(&resource, named)?;
            let mut object = manifest.object;
            match &namespace {
                Some(namespace) => object["metadata"]["namespace"] = json!(namespace),
                None => drop(object["metadata"].as_object_mut().and_then(|metadata| metadata.remove("namespace"))),
            }
            let located = Located { resource, namespace, name: manifest.name };
            wanted.push(Wanted::new(located, object, of_text.is_some()));
        }
        Ok(wanted)
    }

    fn deletion(&self, located: &Located, dry: bool) -> KubernetesEffect {
        let verb = if dry { KubernetesVerb::Diff } else { KubernetesVerb::Delete };
        KubernetesEffect { note: "not in the set any more".to_owned(), ..self.effect(verb, located.object()) }
    }

    async fn delete_left_over(&self, located: &Located, effect: KubernetesEffect, dry: bool) -> Result<(), TaskError> {
        if dry {
            self.admit_read(EffectKind::KubernetesDiff, effect).await?.done(None);
            return Ok(());
        }
        self.delete_located(located, effect, &json!({ "propagationPolicy": "Background" })).await.map(drop)
    }
}
