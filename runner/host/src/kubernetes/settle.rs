use super::kubernetes_host::KubernetesHost;
use crate::docker::Settled;
use infra_effect::{Effect, EffectKind};
use infra_event::{EffectId, RunId, TaskError};

impl KubernetesHost {
    /// Settles an effect that is in doubt after a runner was killed. Applying, patching and deleting can be done again without harm; a job that
    /// was left behind is deleted.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn settle(&self, effect: &Effect, run: &RunId, id: EffectId) -> Result<Settled, TaskError> {
        let Effect::Kubernetes { kind: EffectKind::KubernetesRun, effect } = effect else { return Ok(Settled::NotHappened) };
        let chosen = self.settings().choose(Some(&effect.context))?;
        let connection = match self.known(&effect.context).await {
            Some(connection) => connection,
            // A plugin is not run here: the task that resumes finds the job by its name.
            None if chosen.user().is_some_and(|user| user.exec.is_some()) => return Ok(Settled::NotHappened),
            None => self.reach(chosen, None).await?,
        };
        let jobs = connection.resolve(Some("batch/v1"), "Job").await?;
        let any = super::run_job::remove_made(&connection, &jobs, effect.object.namespace(), run, &id.to_string()).await?;
        Ok(if any { Settled::Undone } else { Settled::NotHappened })
    }
}
