//! End-to-end tests of infra against real programs, containers and clusters.
//!
//! Every test goes through the door that users have: the binary. A test has a project directory and a state directory of its own; compiled
//! components are shared, since compiling the same one for each test would only cost time.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

mod bench;
mod book;
mod cluster;
mod daemon;
mod docker;
mod docker_proxy;
mod file_tree;
mod http_server;
mod infra;
mod journal;
mod object_store;
mod platform;
mod processes;
mod project;
mod prototype;
mod registry;
mod running;
mod slow_registry;
mod small_base;
mod stack;
mod terminal;
mod test_task;
mod told;
mod unique;
mod wait;

pub use bench::Bench;
pub use book::write_book;
pub use cluster::Cluster;
pub use daemon::Daemon;
pub use docker::Docker;
pub use docker_proxy::{DockerProxy, Verdict, When};
pub use file_tree::file_tree;
pub use http_server::{HttpAnswer, HttpAsked, HttpServer};
pub use infra::{Infra, Output, binary};
pub use journal::{Journal, JournalEffect, JournalRun};
pub use object_store::ObjectStore;
pub use platform::Platform;
pub use processes::processes_with;
pub use project::Project;
pub use registry::Registry;
pub use running::Running;
pub use slow_registry::SlowRegistry;
pub use stack::Stack;
pub use test_task::exec_task;
pub use unique::{free_port, unique_name};
pub use wait::wait_for;
