//! What `std/backup` and `std/restore` share: where backups lie, what a backup says of itself, and what it is of.

mod command;
mod compression;
mod container;
mod directory;
mod place;
pub mod postgres;
mod report;
mod s3;
mod scratch;
mod shelf;
mod store;
#[cfg(test)]
mod tests;
mod time;
pub mod volume;

pub use command::output_of;
pub use compression::Compression;
pub use container::{Mount, Service};
pub use place::{Access, Place};
pub use report::{Kind, Report};
pub use scratch::{Scratch, wait_until};
pub use shelf::{Listed, Shelf};
pub use time::{compact, in_words, now};
