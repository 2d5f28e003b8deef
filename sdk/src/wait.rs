use crate::{Waitable, host};

/// Waits until at least one of these can go on without waiting; their indices.
///
/// Start several pulls, or feed a program while you read from it, and wait for whichever comes first.
#[must_use]
pub fn wait_any(things: &[&dyn Waitable]) -> Vec<usize> {
    if things.is_empty() { Vec::new() } else { host::with(|host| host.wait_any(things)) }
}
