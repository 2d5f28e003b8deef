use super::apply_set::MANAGER;
use super::field_diff::{differences, in_words};
use super::read::absent;
use super::request::{Request, soon};
use super::secret::seen;
use super::step_kubernetes::{Located, StepKubernetes, Target, present};
use crate::docker::carry_through;
use infra_effect::{EffectKind, KubernetesEffect, KubernetesVerb};
use infra_event::{ErrorCode, TaskError};
use infra_gate::{Decision, Planned};
use serde_json::Value;

/// How a patch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchType {
    /// RFC 7396.
    Merge,
    /// Kubernetes' own, which knows how lists are merged.
    Strategic,
    /// RFC 6902.
    Json,
}

impl PatchType {
    const fn content_type(self) -> &'static str {
        match self {
            Self::Merge => "application/merge-patch+json",
            Self::Strategic => "application/strategic-merge-patch+json",
            Self::Json => "application/json-patch+json",
        }
    }
}

impl StepKubernetes {
    /// Patches an object; how it is afterwards.
    ///
    /// # Errors
    /// When it is not granted, is not there, or the server refuses.
    pub async fn patch(&self, target: &Target, kind: PatchType, patch: &str) -> Result<Value, TaskError> {
        let patch: Value = serde_json::from_str(patch)
            .map_err(|error| TaskError::new(ErrorCode::INVALID, format!("the patch is no JSON: {error}")).hint("correct it"))?;
        let located = self.locate(target).await?;
        let mut effect = self.effect(KubernetesVerb::Patch, located.object());
        effect.contents = located.resource.is_secret();
        let contents = effect.contents;
        let (_, after) = self.patch_located(&located, effect, kind, patch).await?;
        Ok(seen(&located.resource, contents, self.masker(), after))
    }

    /// Patches the object where that changes anything; what changed in words, and how it is afterwards.
    pub(super) async fn patch_located(
        &self,
        located: &Located,
        mut effect: KubernetesEffect,
        kind: PatchType,
        patch: Value,
    ) -> Result<(Vec<String>, Value), TaskError> {
        self.refuse_early(EffectKind::KubernetesPatch, &effect).await?;
        let doing = format!("{} {}", effect.verb.word(), located.shown());
        if let Some(planned) = self.planned(&located.object()) {
            return self.patch_planned(located, effect, present(planned)).await;
        }
        let before = self.live(located).await?.ok_or_else(|| absent(located))?;
        let request = |dry: bool| {
            Request::patch(located.path(None), kind.content_type(), &patch)
                .with("fieldManager", MANAGER)
                .with_some("dryRun", dry.then_some("All"))
        };
        let after = self.connection.send(&doing, &request(true), soon()).await?;
        let changes: Vec<String> =
            differences(&before, &after, located.resource.is_secret(), true).iter().map(in_words).collect();
        if changes.is_empty() {
            // A write that has nothing to do is a read: it must be granted all the same.
            self.admit_read(EffectKind::KubernetesGet, effect).await?.done(None);
            return Ok((changes, after));
        }
        if effect.note.is_empty() {
            effect.note = changes.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        }
        match self.admit(EffectKind::KubernetesPatch, effect).await? {
            Decision::Perform(permit) => {
                let (connection, request) = (self.connection.clone(), request(false));
                let work = async move { connection.send(&doing, &request, soon()).await };
                Ok((changes, carry_through(permit, work, None).await?))
            }
            Decision::Simulate(_) => {
                self.plan(&located.object(), Planned::Present(after.clone()));
                Ok((changes, after))
            }
        }
    }

    /// The server cannot say what a patch makes of an object that is only planned.
    async fn patch_planned(
        &self,
        located: &Located,
        effect: KubernetesEffect,
        planned: Option<Value>,
    ) -> Result<(Vec<String>, Value), TaskError> {
        let planned = planned.ok_or_else(|| absent(located))?;
        self.admit(EffectKind::KubernetesPatch, effect).await?;
        Ok((vec!["of an object that is only planned".to_owned()], planned))
    }
}
