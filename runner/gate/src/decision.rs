use crate::{Permit, Simulated};

/// What becomes of an admitted effect.
#[derive(Debug)]
pub enum Decision {
    /// Send it.
    Perform(Permit),
    /// This is a plan, and the effect changes the world: answer as if.
    Simulate(Simulated),
}
