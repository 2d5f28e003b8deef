//! End-to-end tests of infra against real programs, containers and clusters.
//!
//! Every test goes through the door that users have: the binary. A test has a project directory and a state directory of its own; compiled
//! components are shared, since compiling the same one for each test would only cost time.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

mod infra;
mod project;

pub use infra::{Infra, Output, binary};
pub use project::Project;
