use sha2::{Digest as _, Sha256};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts and hashes what passes.
#[derive(Debug, Default)]
pub(super) struct Measure {
    bytes: AtomicU64,
    hash: Mutex<Sha256>,
}

impl Measure {
    pub(super) fn add(&self, data: &[u8]) {
        self.bytes.fetch_add(data.len() as u64, Ordering::Relaxed);
        if let Ok(mut hash) = self.hash.lock() {
            hash.update(data);
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// SHA-256 in hexadecimal.
    pub(super) fn sha256(&self) -> String {
        let hash = self.hash.lock().map(|hash| hash.clone()).unwrap_or_default();
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// For the journal.
    pub(super) fn note(&self) -> String {
        format!("{} bytes, sha256:{}", self.bytes(), self.sha256())
    }
}
