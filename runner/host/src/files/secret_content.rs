//! Files with secrets in them: their owner's alone, and not read back by who may not know the secrets.

use super::{carry_through, disk, planned};
use crate::{CanonicalPath, State};
use infra_effect::{FileVerb, SecretSink, SinkKind};
use infra_event::{ErrorCode, TaskError};
use infra_gate::Decision;
use std::sync::Arc;

impl State {
    /// Writes a file with secrets in the place of their handles. In a plan the handles stay.
    pub(super) async fn write_secret_file(&mut self, path: &str, content: Vec<u8>, executable: bool) -> Result<(), TaskError> {
        let path = self.writable(FileVerb::Write, path).await?;
        let to = SecretSink::new(SinkKind::File, path.shown.clone());
        let exchanger = self.exchanger();
        let admitted = exchanger.admit(&to, [content.as_slice()]).await?;
        if !self.gate().gate().mode().performs() {
            admitted.set_aside();
            return match self.ask(FileVerb::Write, &path).await? {
                Decision::Perform(permit) => permit.end(Err(TaskError::new(ErrorCode::DEFECT, "a plan writes nothing"))),
                Decision::Simulate(_) => planned::write(self.gate().gate().overlay(), &path, &content, executable),
            };
        }
        let secrets = self.world.secrets.found_in(&content);
        let content = Arc::new(exchanger.exchange(admitted).await?.bytes(&content));
        self.world.secrets.are_written_to(&path.absolute, secrets);
        let wanted = Arc::clone(&content);
        if self.unchanged(FileVerb::Write, &path, move |_, path| disk::is_same_private(path, &wanted, executable)).await? {
            return Ok(());
        }
        match self.ask(FileVerb::Write, &path).await? {
            Decision::Perform(permit) => carry_through(permit, move || disk::write_private(&path, &content, executable)).await,
            Decision::Simulate(_) => Ok(()),
        }
    }

    /// A file that this run has written secrets to is read by who may know them.
    pub(super) fn refuse_secrets_of(&self, path: &CanonicalPath) -> Result<(), TaskError> {
        let exchanger = self.exchanger();
        let hidden = self.world.secrets.in_file(&path.absolute).into_iter().find(|index| !exchanger.may_reveal(*index));
        let Some(held) = hidden.and_then(|index| self.world.secrets.get(index)) else { return Ok(()) };
        let name = &held.declaration.name;
        let message = format!("`{}` holds the secret `{name}`, which the task may not know", path.shown);
        let line = format!("secrets = [{{ name = {}, reveal = true }}]", serde_json::json!(name));
        Err(TaskError::new(ErrorCode::DENIED, message).hint(format!("add to the task's `allow`, if it shall: {line}")))
    }
}
