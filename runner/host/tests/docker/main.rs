//! Docker behind the gate, against a real daemon: each allowed case has a denied one beside it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod cancellation;
mod claims;
mod containers;
mod credentials;
mod daemons;
mod distribution;
mod dropping;
mod exec;
mod grants;
mod hostile;
mod hostile_builds;
mod images;
mod logs;
mod lost_answers;
mod mounts;
mod networks_and_volumes;
mod outside;
mod plan;
mod pulls;
mod registry;
mod relay;
mod waiting;
mod world;
