//! Real programs, started for real: what is granted works, and what is not granted is refused.
#![expect(clippy::unwrap_used, reason = "a test stops where something is wrong")]

mod cost;
mod files;
mod lifetime;
mod limits;
mod network;
mod processes;
mod program;
mod rulesets;
mod streams;
mod world;

infra_confine::spawner_before_main!();
