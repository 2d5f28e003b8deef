//! Containers that go with who made them.

use super::step_docker::StepDocker;
use crate::permit_slot::PermitSlot;
use infra_event::{ErrorCode, TaskError};
use infra_gate::Decision;
use std::time::Duration;

/// How long a creation that was cancelled may take to answer, before what it may have made is looked for.
const PATIENCE: Duration = Duration::from_secs(5);

/// A container for a while: it is removed with its anonymous volumes when the step ends, however it does.
#[derive(Debug)]
pub struct ScratchContainer {
    /// Its id; in a plan, its name.
    pub id: String,
    // Its creation counts as under way until then, so it is undone as that would be, also at resume.
    _permit: PermitSlot,
}

impl StepDocker {
    /// As [`StepDocker::create_container`], for a while.
    ///
    /// # Errors
    /// As [`StepDocker::create_container`].
    pub async fn create_scratch_container(&self, name: &str, body: &str) -> Result<ScratchContainer, TaskError> {
        let creation = self.begin_creation(name, body).await?;
        let mut permit = match creation.admit(self).await? {
            Decision::Perform(permit) => permit,
            Decision::Simulate(_) => {
                creation.plan(self);
                return Ok(ScratchContainer { id: name.to_owned(), _permit: PermitSlot::new(None) });
            }
        };
        let (undo, creating) = creation.perform(self, permit.id())?;
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let mut task = tokio::spawn(async move {
            let _ = sender.send(creating.await);
        });
        permit.on_cancel(move || {
            Box::pin(async move {
                if tokio::time::timeout(PATIENCE, &mut task).await.is_err() {
                    task.abort();
                }
                undo().await
            })
        });
        let permit = PermitSlot::new(Some(permit));
        match receiver.await {
            Ok(Ok(id)) => Ok(ScratchContainer { id, _permit: permit }),
            Ok(Err(error)) => {
                permit.share().failed(&error);
                Err(error)
            }
            Err(_) => Err(TaskError::new(ErrorCode::CANCELLED, "the runner is ending")),
        }
    }
}
