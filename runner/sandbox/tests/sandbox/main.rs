//! The sandbox, with guests that mean no good.

mod code_cache;
mod contract;
mod hostile_guests;
mod stage;
