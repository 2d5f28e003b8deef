use crate::reaper::Compensation;
use crate::step_gate::StepGate;
use futures_util::future::BoxFuture;
use infra_effect::{Effect, ProcessGrant};
use infra_event::{EffectAction, EffectId, TaskError};
use infra_journal::EffectState;
use std::sync::Arc;

/// Leave to perform one effect, once. Only the gate makes one.
///
/// [`Permit::done`] or [`Permit::failed`] ends it. Dropped without either, the effect counts as cancelled: what [`Permit::on_cancel`]
/// was given runs before the step ends.
pub struct Permit {
    gate: Arc<StepGate>,
    effect: Effect,
    id: EffectId,
    undo: Option<crate::reaper::Undo>,
    patience: Option<std::time::Duration>,
    ended: bool,
    grant: Option<Box<ProcessGrant>>,
    read_only: bool,
}

impl Permit {
    pub(crate) fn new(gate: Arc<StepGate>, effect: Effect, id: EffectId, grant: Option<ProcessGrant>, read_only: bool) -> Self {
        Self { gate, effect, id, undo: None, patience: None, ended: false, grant: grant.map(Box::new), read_only }
    }

    /// The effect's number, for labels that find it again.
    #[must_use]
    pub const fn id(&self) -> EffectId {
        self.id
    }

    /// What may be performed: this and nothing else.
    #[must_use]
    pub const fn effect(&self) -> &Effect {
        &self.effect
    }

    /// How the program is confined, where the effect is a program.
    #[must_use]
    pub fn process_grant(&self) -> Option<&ProcessGrant> {
        self.grant.as_deref()
    }

    /// The program runs in a plan: it must not be able to write anything but its scratch directory.
    #[must_use]
    pub const fn read_only(&self) -> bool {
        self.read_only
    }

    /// Says how the effect is undone when the step is cancelled while it is under way.
    pub fn on_cancel(&mut self, undo: impl FnOnce() -> BoxFuture<'static, Result<(), TaskError>> + Send + 'static) {
        self.undo = Some(Box::new(undo));
    }

    /// Undoing it may take so long, where that is more than usual.
    pub const fn patience(&mut self, patience: std::time::Duration) {
        self.patience = Some(patience);
    }

    /// The effect has succeeded. `detail` is for the journal: an exit code, a size.
    pub fn done(mut self, detail: Option<String>) {
        self.ended = true;
        self.gate.ended(&self.effect, self.id, EffectAction::Performed, EffectState::Performed, detail);
    }

    /// The effect was sent and has failed.
    pub fn failed(mut self, error: &TaskError) {
        self.ended = true;
        self.gate.ended(&self.effect, self.id, EffectAction::Failed, EffectState::Failed, Some(error.message.clone()));
    }

    /// Ends the permit by how the effect ended.
    ///
    /// # Errors
    /// The result's own.
    pub fn end<T>(self, result: Result<T, TaskError>) -> Result<T, TaskError> {
        match &result {
            Ok(_) => self.done(None),
            Err(error) => self.failed(error),
        }
        result
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let state = match self.undo.take() {
            Some(undo) => {
                self.gate.reaper.add(Compensation { effect: self.id, patience: self.patience, undo });
                EffectState::InDoubt
            }
            None => EffectState::Cancelled,
        };
        self.gate.ended(&self.effect, self.id, EffectAction::Cancelled, state, None);
    }
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Permit").field("id", &self.id).field("effect", &self.effect).finish_non_exhaustive()
    }
}

/// An effect that a plan does not perform. The plan shows it; the overlay remembers what it would make.
#[derive(Debug)]
pub struct Simulated {
    pub(crate) effect: Effect,
}

impl Simulated {
    /// What would be performed.
    #[must_use]
    pub const fn effect(&self) -> &Effect {
        &self.effect
    }

    /// The answer where a plan cannot know one.
    #[must_use]
    pub fn unknown(&self) -> TaskError {
        TaskError::new(
            infra_event::ErrorCode::UNKNOWN,
            format!("{} {} is unknown until applied", self.effect.kind(), self.effect.target()),
        )
    }
}
