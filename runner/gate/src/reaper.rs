use futures_util::future::BoxFuture;
use infra_event::TaskError;
use std::sync::Mutex;

/// Undoes or ends what was under way when a step was cancelled.
#[derive(Default)]
pub(crate) struct Reaper(Mutex<Vec<Compensation>>);

/// Makes the work that undoes an effect.
pub(crate) type Undo = Box<dyn FnOnce() -> BoxFuture<'static, Result<(), TaskError>> + Send>;

pub(crate) struct Compensation {
    pub(crate) effect: infra_event::EffectId,
    /// How long it may take; what is usual where nothing is said.
    pub(crate) patience: Option<std::time::Duration>,
    pub(crate) undo: Undo,
}

impl Reaper {
    pub(crate) fn add(&self, compensation: Compensation) {
        if let Ok(mut waiting) = self.0.lock() {
            waiting.push(compensation);
        }
    }

    /// The newest first: what was made last goes first.
    pub(crate) fn take(&self) -> Vec<Compensation> {
        let mut waiting = self.0.lock().map(|mut waiting| std::mem::take(&mut *waiting)).unwrap_or_default();
        waiting.reverse();
        waiting
    }
}

impl std::fmt::Debug for Reaper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reaper")
    }
}
