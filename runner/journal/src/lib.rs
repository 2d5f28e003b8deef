//! The journal: what was run, what was intended, what was done. SQLite in WAL mode, written by one thread.
//!
//! Rows of events go through a channel, off the hot path, and are committed together. An intent waits: a relaxed one until the
//! operating system has it, so it survives the end of the process; a durable one until the disk has it.

mod columns;
mod entry;
mod error;
mod handle;
mod journal;
mod message;
mod open;
mod process_identity;
mod query;
mod retention;
mod rows;
mod writer;

pub use entry::{EffectRecord, EffectState, LogRecord, RunRecord, StepRecord};
pub use error::JournalError;
pub use handle::JournalHandle;
pub use journal::{Journal, Opening};
pub use process_identity::ProcessIdentity;
pub use query::History;
pub use retention::Retention;
