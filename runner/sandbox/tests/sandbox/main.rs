//! The sandbox, with guests that mean no good.
#![expect(clippy::unwrap_used, reason = "a test fails where its stage cannot be set")]

mod code_cache;
mod contract;
mod hostile_guests;
mod stage;
