use super::read::absent;
use super::step_kubernetes::{StepKubernetes, Target};
use super::verdict::{self, Verdict};
use infra_effect::{EffectKind, KubernetesVerb};
use infra_event::TaskError;
use serde_json::{Value, json};

impl StepKubernetes {
    /// How a workload's rollout is.
    ///
    /// # Errors
    /// When it is not granted, or it is no workload.
    pub async fn rollout(&self, target: &Target) -> Result<Value, TaskError> {
        let located = self.locate(target).await?;
        let permit = self.admit_read(EffectKind::KubernetesGet, self.effect(KubernetesVerb::Get, located.object())).await?;
        let read = async {
            let object = self.look(&located).await?.ok_or_else(|| absent(&located))?;
            let history = self.history(&located, &object).await?;
            let (complete, message) = match verdict::rollout(&located.resource.kind, &object) {
                Verdict::Done => (true, "complete".to_owned()),
                Verdict::NotYet(progress) => (false, progress.message),
                Verdict::Hopeless(why) => (false, why),
            };
            let number = |names: &[&str]| {
                let found = names.iter().find_map(|name| object.pointer(&format!("/status/{name}")).and_then(Value::as_u64));
                found.unwrap_or(0)
            };
            let wanted = object.pointer("/spec/replicas").and_then(Value::as_u64);
            let containers = object.pointer("/spec/template/spec/containers").and_then(Value::as_array);
            let images: Vec<&str> =
                containers.into_iter().flatten().filter_map(|container| container["image"].as_str()).collect();
            let revisions: Vec<Value> = history
                .iter()
                .map(|revision| json!({ "revision": revision.number, "images": revision.images(), "created": revision.created }))
                .collect();
            Ok(json!({
                "complete": complete,
                "message": message,
                "revision": history.last().map(|revision| revision.number),
                "replicas": wanted.unwrap_or_else(|| number(&["desiredNumberScheduled"])),
                "ready": number(&["readyReplicas", "numberReady"]),
                "updated": number(&["updatedReplicas", "updatedNumberScheduled"]),
                "images": images,
                "history": revisions,
            }))
        };
        permit.end(read.await)
    }
}
