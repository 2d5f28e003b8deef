use super::request::{Request, soon};
use super::step_kubernetes::{Located, StepKubernetes, Target};
use crate::docker::carry_through;
use infra_effect::{EffectKind, KubernetesEffect, KubernetesVerb};
use infra_event::{ErrorCode, TaskError};
use infra_gate::{Decision, Planned};
use serde_json::{Value, json};

/// How an object is deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteRequest {
    /// `background`, `foreground` or `orphan`.
    pub propagation: Option<String>,
    /// Seconds.
    pub grace_period: Option<u32>,
}

impl StepKubernetes {
    /// Deletes an object; whether there was one.
    ///
    /// # Errors
    /// When it is not granted, or the server refuses.
    pub async fn delete(&self, target: &Target, request: &DeleteRequest) -> Result<bool, TaskError> {
        let propagation = match request.propagation.as_deref().unwrap_or("background") {
            "background" => "Background",
            "foreground" => "Foreground",
            "orphan" => "Orphan",
            other => {
                return Err(TaskError::new(
                    ErrorCode::INVALID,
                    format!("`{other}` is no way to delete what belongs to an object"),
                )
                .hint("there are `background`, `foreground` and `orphan`"));
            }
        };
        let located = self.locate(target).await?;
        let effect = self.effect(KubernetesVerb::Delete, located.object());
        let mut body = json!({ "propagationPolicy": propagation });
        if let Some(seconds) = request.grace_period {
            body["gracePeriodSeconds"] = json!(seconds);
        }
        self.delete_located(&located, effect, &body).await
    }

    /// Deletes the object that is there now, and none that takes its name in between.
    pub(super) async fn delete_located(
        &self,
        located: &Located,
        effect: KubernetesEffect,
        body: &Value,
    ) -> Result<bool, TaskError> {
        self.refuse_early(EffectKind::KubernetesDelete, &effect).await?;
        let Some(found) = self.look(located).await? else {
            self.admit_read(EffectKind::KubernetesGet, effect).await?.done(None);
            return Ok(false);
        };
        match self.admit(EffectKind::KubernetesDelete, effect).await? {
            Decision::Perform(permit) => {
                let mut body = body.clone();
                if let Some(uid) = found.pointer("/metadata/uid") {
                    body["preconditions"] = json!({ "uid": uid });
                }
                let (connection, path, doing) =
                    (self.connection.clone(), located.path(None), format!("delete {}", located.shown()));
                let work = async move {
                    connection.find(&doing, &Request::delete(path, &body), soon()).await.map(|answer| answer.is_some())
                };
                carry_through(permit, work, None).await
            }
            Decision::Simulate(_) => {
                self.plan(&located.object(), Planned::Absent);
                Ok(true)
            }
        }
    }
}
