//! Host functions: one module for each capability, each behind the gate.

#[expect(missing_docs, reason = "the WIT package documents what is generated")]
pub mod bindings;
mod context;
pub mod docker;
mod error_conversion;
mod files;
mod host;
pub mod http;
pub mod kubernetes;
#[doc(hidden)]
pub mod outside;
mod permit_slot;
mod pipe;
mod process;
mod project_paths;
mod secrets;
mod state;
mod task_log;
mod ui;
mod wasi;
mod world;

pub use host::{CONTRACT, Call, Finished, Host};
pub use project_paths::{CanonicalPath, ProjectPaths};
pub use secrets::{Asker, Secrets};
pub use state::State;
pub use task_log::TaskLog;
pub use world::{Programs, World};
