//! Docker behind the gate, against a real daemon: each allowed case has a denied one beside it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod cancellation;
mod containers;
mod exec;
mod images;
mod logs;
mod mounts;
mod networks_and_volumes;
mod plan;
mod pulls;
mod waiting;
mod world;
