use super::docker_host::DockerHost;
use super::found::{Found, find};
use super::{container_create, exec_kill, network};
use infra_effect::{DockerObject, Effect, EffectKind};
use infra_event::{EffectId, RunId, TaskError};
use infra_gate::Overlay;

/// What became of an effect of which only the intent was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It was done.
    Happened,
    /// It was not done.
    NotHappened,
    /// It was done or under way, and is undone now.
    Undone,
}

impl DockerHost {
    /// Settles an effect that is in doubt after a runner was killed: looks for what it made or changed, and undoes what was half done.
    /// Every effect of which this says that it did not happen can be performed again without harm.
    ///
    /// # Errors
    /// When the daemon does not answer.
    pub async fn settle(&self, project: &str, effect: &Effect, run: &RunId, id: EffectId) -> Result<Settled, TaskError> {
        let Effect::Docker { kind, effect } = effect else { return Ok(Settled::NotHappened) };
        let happened = |done: bool| if done { Settled::Happened } else { Settled::NotHappened };
        let undone = |any: bool| if any { Settled::Undone } else { Settled::NotHappened };
        Ok(match kind {
            EffectKind::ContainerCreate => undone(container_create::remove_made(self, project, run, id).await?),
            EffectKind::NetworkCreate => undone(network::remove_made(self, project, run, id).await?),
            EffectKind::ContainerExec => match self.look(project, &effect.object).await? {
                Some(found) if found.running() => {
                    exec_kill::kill_lost(self, &found.id, &exec_kill::mark(run, id)).await?;
                    Settled::Undone
                }
                _ => Settled::NotHappened,
            },
            EffectKind::VolumeCreate | EffectKind::ImagePull | EffectKind::ImageTag => {
                happened(self.look(project, &effect.object).await?.is_some())
            }
            EffectKind::ContainerStart => {
                happened(self.look(project, &effect.object).await?.is_some_and(|found| found.running()))
            }
            EffectKind::ContainerStop => {
                happened(!self.look(project, &effect.object).await?.is_some_and(|found| found.running()))
            }
            EffectKind::ContainerRemove | EffectKind::NetworkRemove | EffectKind::VolumeRemove | EffectKind::ImageRemove => {
                happened(self.look(project, &effect.object).await?.is_none())
            }
            // The daemon ends a build when its connection breaks; what it had made is in its cache.
            _ => Settled::NotHappened,
        })
    }

    async fn look(&self, project: &str, object: &DockerObject) -> Result<Option<Found>, TaskError> {
        find(self, &Overlay::default(), project, object).await
    }
}
