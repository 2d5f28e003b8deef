//! Makefiles, and the Infrafiles that they come to.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set itself up fails")]

mod calls;
mod conditions;
mod confinement;
mod lines;
mod loops;
mod never_panics;
mod propose;
mod text;
mod variables;
