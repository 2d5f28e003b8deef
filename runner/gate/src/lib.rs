//! The gate: every effect of every task is admitted by two keys, recorded, performed or simulated, and cancelled as the effect table says.
//!
//! [`StepGate::admit`] is the only maker of a [`Permit`], and every performer demands one.

mod decision;
mod error;
mod gate;
mod mask_search;
mod mask_stream;
mod masker;
mod overlay;
mod permit;
mod policy;
mod protection;
mod reaper;
mod secret_forms;
mod step_gate;

pub use decision::Decision;
pub use error::GateError;
pub use gate::{Gate, GateConfig};
pub use mask_stream::MaskStream;
pub use masker::Masker;
pub use overlay::{Overlay, Planned};
pub use permit::{Permit, Simulated};
pub use policy::{Policy, PolicyError};
pub use step_gate::{EventSink, StepGate};
