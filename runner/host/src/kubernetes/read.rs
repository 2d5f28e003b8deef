use super::request::{Request, soon};
use super::resource::check_name;
use super::secret::seen;
use super::step_kubernetes::{Located, StepKubernetes, Target, present};
use infra_effect::{EffectKind, KubernetesEffect, KubernetesScope, KubernetesVerb};
use infra_event::{ErrorCode, TaskError};
use serde_json::{Value, json};

/// Events in one answer.
const EVENTS: usize = 100;

/// Which objects of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// As `apps/v1`.
    pub api_version: Option<String>,
    /// A kind, a plural or a short name.
    pub kind: String,
    /// The context's, where nothing is said.
    pub namespace: Option<String>,
    /// In any namespace.
    pub all_namespaces: bool,
    /// As `app=web`.
    pub labels: Option<String>,
    /// As `status.phase=Running`.
    pub fields: Option<String>,
    /// At most so many.
    pub limit: Option<u32>,
    /// Where the last answer ended.
    pub continue_at: Option<String>,
}

impl StepKubernetes {
    /// What the server says about itself.
    ///
    /// # Errors
    /// When it is not granted.
    pub async fn version(&self) -> Result<Value, TaskError> {
        let permit = self.admit_read(EffectKind::KubernetesInspect, self.about_the_server("version")).await?;
        permit.done(None);
        Ok(self.connection.version.clone())
    }

    /// Every kind.
    ///
    /// # Errors
    /// When it is not granted, or the server does not answer.
    pub async fn discovery(&self) -> Result<Value, TaskError> {
        let permit = self.admit_read(EffectKind::KubernetesInspect, self.about_the_server("kinds")).await?;
        let all = permit.end(self.connection.all_kinds(true).await)?;
        Ok(serde_json::to_value(all).unwrap_or_default())
    }

    /// Whether the server lets the user do something.
    ///
    /// # Errors
    /// When it is not granted, or the server does not answer.
    pub async fn can_i(&self, verb: &str, target: &Target) -> Result<bool, TaskError> {
        let mut effect = self.about_the_server("permissions");
        effect.note = format!("may the user {verb} {}", target.kind);
        let permit = self.admit_read(EffectKind::KubernetesInspect, effect).await?;
        let asked = async {
            let (kind, part) =
                target.kind.split_once('/').map_or((target.kind.as_str(), None), |(kind, part)| (kind, Some(part)));
            let resource = self.resolve(target.api_version.as_deref(), kind).await?;
            let namespace = self.namespace(&resource, target.namespace.as_deref())?;
            let review = json!({
                "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                "spec": { "resourceAttributes": {
                    "verb": verb, "group": resource.group, "resource": resource.plural, "subresource": part,
                    "namespace": namespace, "name": target.name,
                } },
            });
            let request = Request::post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &review);
            let answer = self.connection.send("ask what the user may do", &request, soon()).await?;
            Ok(answer.pointer("/status/allowed").and_then(Value::as_bool) == Some(true))
        };
        permit.end(asked.await)
    }

    /// The object, where there is one.
    ///
    /// # Errors
    /// When it is not granted, or the server does not answer.
    pub async fn get(&self, target: &Target) -> Result<Option<Value>, TaskError> {
        let located = self.locate(target).await?;
        let effect = self.reading(KubernetesVerb::Get, &located);
        let contents = effect.contents;
        let permit = self.admit_read(EffectKind::KubernetesGet, effect).await?;
        let found = permit.end(self.look(&located).await)?;
        Ok(found.map(|object| seen(&located.resource, contents, self.masker(), object)))
    }

    /// Objects of a kind, as the server lists them.
    ///
    /// # Errors
    /// When it is not granted, or the server does not answer.
    pub async fn list(&self, selection: &Selection) -> Result<Value, TaskError> {
        let resource = self.resolve(selection.api_version.as_deref(), &selection.kind).await?;
        let namespace = match selection.all_namespaces {
            true => None,
            false => self.namespace(&resource, selection.namespace.as_deref())?,
        };
        let located = Located { resource, namespace, name: String::new() };
        let effect = self.reading(KubernetesVerb::Get, &located);
        let contents = effect.contents;
        let permit = self.admit_read(EffectKind::KubernetesGet, effect).await?;
        let request = Request::get(located.resource.path(located.namespace.as_deref(), None, None))
            .with_some("labelSelector", selection.labels.as_ref())
            .with_some("fieldSelector", selection.fields.as_ref())
            .with_some("limit", selection.limit)
            .with_some("continue", selection.continue_at.as_ref());
        let doing = format!("list the objects of the kind {}", located.resource.kind);
        let mut list = match permit.end(self.connection.find(&doing, &request, soon()).await)? {
            Some(list) => list,
            // The definition of the kind is only planned.
            None => json!({ "items": [], "metadata": {} }),
        };
        // The items of a list do not say what they are.
        let (api_version, kind) = (located.resource.api_version(), located.resource.kind.clone());
        for item in list.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten() {
            item["apiVersion"] = json!(api_version);
            item["kind"] = json!(kind);
        }
        Ok(seen(&located.resource, contents, self.masker(), list))
    }

    /// The newest events of an object, of all of a kind, or of a namespace.
    ///
    /// # Errors
    /// When it is not granted, or the server does not answer.
    pub async fn events(&self, target: &Target) -> Result<Value, TaskError> {
        let namespace = target.namespace.clone().unwrap_or_else(|| self.connection.namespace.clone());
        super::resource::check_namespace(&namespace)?;
        let mut effect = self.effect(KubernetesVerb::Events, Default::default());
        effect.object.kind = "Event".to_owned();
        effect.object.scope = KubernetesScope::Namespace(namespace.clone());
        let mut selector = vec![];
        if !target.kind.is_empty() {
            let resource = self.resolve(target.api_version.as_deref(), &target.kind).await?;
            selector.push(format!("involvedObject.kind={}", resource.kind));
            effect.object = resource.object(Some(&namespace), &target.name);
        }
        if !target.name.is_empty() {
            check_name("object", &target.name)?;
            selector.push(format!("involvedObject.name={}", target.name));
        }
        let permit = self.admit_read(EffectKind::KubernetesEvents, effect).await?;
        let request = Request::get(format!("/api/v1/namespaces/{namespace}/events"))
            .with_some("fieldSelector", Some(selector.join(",")).filter(|text| !text.is_empty()));
        let list = permit.end(self.connection.send("read events", &request, soon()).await)?;
        let mut events = list["items"].as_array().cloned().unwrap_or_default();
        events.sort_by_key(|event| super::warnings::time(event).to_owned());
        let newest = events.split_off(events.len().saturating_sub(EVENTS));
        Ok(Value::Array(newest))
    }

    /// An effect that reads. What a Secret holds is read only where that is granted.
    pub(super) fn reading(&self, verb: KubernetesVerb, located: &Located) -> KubernetesEffect {
        let mut effect = self.effect(verb, located.object());
        if located.resource.is_secret() {
            let whole = KubernetesEffect { contents: true, ..effect.clone() };
            effect.contents = self.allows(EffectKind::KubernetesGet, &whole);
        }
        effect
    }

    /// The object as the plan, or the server, has it.
    pub(super) async fn look(&self, located: &Located) -> Result<Option<Value>, TaskError> {
        match self.planned(&located.object()) {
            Some(planned) => Ok(present(planned)),
            None => self.live(located).await,
        }
    }

    /// The object as the server has it.
    pub(super) async fn live(&self, located: &Located) -> Result<Option<Value>, TaskError> {
        let doing = format!("read {}", located.shown());
        self.connection.find(&doing, &Request::get(located.path(None)), soon()).await
    }

    fn about_the_server(&self, note: &str) -> KubernetesEffect {
        let mut effect = self.effect(KubernetesVerb::Inspect, Default::default());
        effect.note = note.to_owned();
        effect
    }
}

/// The error about an object that is not there.
pub(super) fn absent(located: &Located) -> TaskError {
    TaskError::new(ErrorCode::NOT_FOUND, format!("there is no {}", located.shown())).hint("look at its name and its namespace")
}
