//! The vocabulary of a run: what a runner, a journal and a report say to each other.
//!
//! This crate does nothing. It names things, so that every stage calls them the same.

mod digest;
mod event;
mod exit_code;
mod invocation;
mod limits;
mod outcome;
mod run_about;
mod run_id;
mod secret_handle;
mod step_id;
mod task_error;
mod timestamp;
mod value;

pub use digest::{Digest, DigestError};
pub use event::{EffectAction, Event, LogStream, Mode, NoticeLevel, StepInfo, Unit};
pub use exit_code::ExitCode;
pub use invocation::Invocation;
pub use limits::Limits;
pub use outcome::{Outcome, RunOutcome};
pub use run_about::RunAbout;
pub use run_id::RunId;
pub use secret_handle::SecretHandle;
pub use step_id::{EffectId, StepId};
pub use task_error::{ErrorCode, TaskError};
pub use timestamp::Timestamp;
pub use value::Value;
