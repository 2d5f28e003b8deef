//! HTTP behind the gate, against real servers on this machine: each allowed case has a denied one beside it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod addresses;
mod bodies;
mod failures;
mod large;
mod plan;
mod redirects;
mod requests;
mod retries;
mod server;
mod tls;
mod world;
