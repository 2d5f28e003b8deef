//! The one place that knows which system this is.

#[cfg(target_os = "linux")]
pub(crate) use crate::linux::probe::support;
#[cfg(target_os = "linux")]
pub use crate::linux::{entry::spawner_main, running::Running, spawner::Spawner};

#[cfg(not(target_os = "linux"))]
pub(crate) use crate::fallback::support;
#[cfg(not(target_os = "linux"))]
pub use crate::fallback::{Running, Spawner, spawner_main};
