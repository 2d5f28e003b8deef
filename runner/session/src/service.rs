//! Tasks that live on after the run: `service = { ready, restart }`.
//!
//! A service is held by a *supervisor*: this binary once more, in a session of its own, which runs the one step with the same sandbox,
//! gate and confinement as a run does. It starts the task again where that is wanted, and its own spawner kills all programs of the
//! task when it ends, in whatever way. What it holds stands in a record in the state directory, for `infra ps` and `infra stop`.

mod handshake;
mod log_file;
mod order;
mod place;
mod probe;
mod record;
mod start;
mod stop;
mod supervise;
mod supervisor;

pub(crate) use place::Place;
pub(crate) use probe::Probe;
pub(crate) use record::{Health, Record};
pub(crate) use start::{Services, Start};
pub(crate) use stop::stop;
pub use supervise::service_main;
