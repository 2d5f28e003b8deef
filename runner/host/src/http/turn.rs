use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// Whose turn it is: a server that is waited for runs out of time, a task that writes slowly does not.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn(Arc<Mutex<Option<Instant>>>);

impl Turn {
    /// Something has happened, and the server is waited for.
    pub(super) fn server(&self) {
        self.set(Some(Instant::now()));
    }

    /// The task is waited for.
    pub(super) fn task(&self) {
        self.set(None);
    }

    fn set(&self, since: Option<Instant>) {
        if let Ok(mut turn) = self.0.lock() {
            *turn = since;
        }
    }

    /// Returns when the server was waited for so long.
    pub(super) async fn stalled(&self, limit: Duration) {
        loop {
            let since = self.0.lock().ok().and_then(|turn| *turn);
            let left = since.map_or(limit, |since| limit.saturating_sub(since.elapsed()));
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }
}
