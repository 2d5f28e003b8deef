//! What a task may know of the run that it is part of.

use crate::host;

/// The task's name in the Infrafile.
#[must_use]
pub fn task_name() -> String {
    host::with(|host| host.task_name())
}

/// The project's name.
#[must_use]
pub fn project() -> String {
    host::with(|host| host.project())
}

/// The project's root directory on this machine, absolute.
#[must_use]
pub fn directory() -> String {
    host::with(|host| host.directory())
}

/// The name of the run.
#[must_use]
pub fn run_id() -> String {
    host::with(|host| host.run_id())
}

/// The attempt, from 1.
#[must_use]
pub fn attempt() -> u32 {
    host::with(|host| host.attempt())
}

/// Whether this is a plan: writes are simulated.
#[must_use]
pub fn planning() -> bool {
    host::with(|host| host.planning())
}
