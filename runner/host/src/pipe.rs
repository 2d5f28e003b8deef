//! Bulk data from one place to another, past the guest: a source, filters, a sink, each on a task or thread of its own with a short
//! channel between them, so that the slowest sets the pace and memory stays flat.

mod filter;
mod flow;
mod guest;
mod measure;
mod open;
mod piping;
mod portions;
mod said;
mod sink;
mod source;

pub use filter::unpacked;
pub use piping::Piping;
pub use portions::{Portion, Portions};
