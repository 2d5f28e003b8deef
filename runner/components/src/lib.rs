//! From a task's `uses` to component bytes and a digest: built in, a file, or a crate of the project.

mod build_command;
mod built_in;
mod descriptor;
mod error;
mod found;
mod freshness;
mod manifest;
mod read;
mod source;

pub use build_command::{BuildCommand, build_command};
pub use built_in::built_ins;
pub use descriptor::{Descriptor, descriptor};
pub use error::ComponentError;
pub use found::{Found, find};
pub use freshness::{is_fresh, mark_built};
pub use source::{Source, parse};
