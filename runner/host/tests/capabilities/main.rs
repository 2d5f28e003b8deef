//! What tasks can do, through `Host::run` and `Host::requires` with real components: each allowed case has a denied one beside it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod confinement;
mod environment;
mod files;
mod guest;
mod links;
mod logs;
mod plan;
mod process;
mod requires;
mod secret_handles;
mod secrets;
mod stopping;
mod world;

infra_confine::spawner_before_main!();
