use infra_event::TaskError;
use infra_gate::Permit;
use std::sync::{Arc, Mutex};

/// A permit that the work ends, or the handle of what is under way drops: then it counts as cancelled at once, not when the runtime finds
/// the time to drop the work.
#[derive(Debug)]
pub(crate) struct PermitSlot(Slot);

/// The work's side of a slot.
#[derive(Clone, Debug)]
pub(crate) struct Slot(Arc<Mutex<Option<Permit>>>);

impl PermitSlot {
    pub(crate) fn new(permit: Option<Permit>) -> Self {
        Self(Slot(Arc::new(Mutex::new(permit))))
    }

    /// For the work.
    pub(crate) fn share(&self) -> Slot {
        self.0.clone()
    }
}

impl Drop for PermitSlot {
    fn drop(&mut self) {
        drop(self.0.take());
    }
}

impl Slot {
    fn take(&self) -> Option<Permit> {
        self.0.lock().ok().and_then(|mut slot| slot.take())
    }

    /// Another handle that cancels when it is dropped.
    pub(crate) fn hold(&self) -> PermitSlot {
        PermitSlot(self.clone())
    }

    /// It has succeeded.
    pub(crate) fn done(&self, detail: Option<String>) {
        if let Some(permit) = self.take() {
            permit.done(detail);
        }
    }

    /// It has failed.
    pub(crate) fn failed(&self, error: &TaskError) {
        if let Some(permit) = self.take() {
            permit.failed(error);
        }
    }
}
