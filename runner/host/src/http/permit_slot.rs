use infra_event::TaskError;
use infra_gate::Permit;
use std::sync::{Arc, Mutex};

/// The permit of the request that is under way. Who holds the exchange drops it with the exchange, so that it counts as cancelled at once.
#[derive(Clone, Debug, Default)]
pub(super) struct PermitSlot(Arc<Mutex<Option<Permit>>>);

impl PermitSlot {
    pub(super) fn put(&self, permit: Permit) {
        if let Ok(mut slot) = self.0.lock() {
            *slot = Some(permit);
        }
    }

    pub(super) fn done(&self, detail: &str) {
        if let Some(permit) = self.take() {
            permit.done(Some(detail.to_owned()));
        }
    }

    pub(super) fn failed(&self, error: &TaskError) {
        if let Some(permit) = self.take() {
            permit.failed(error);
        }
    }

    /// Nobody knows how it ended.
    pub(super) fn drop_permit(&self) {
        drop(self.take());
    }

    fn take(&self) -> Option<Permit> {
        self.0.lock().ok().and_then(|mut slot| slot.take())
    }
}
