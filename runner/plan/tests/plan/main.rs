//! From the text of an Infrafile to the steps.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set itself up fails")]

mod arguments;
mod bounds;
mod conditions;
mod errors;
mod finalizers;
mod matrix;
mod order;
mod outputs;
mod overrides;
mod project;
mod sugar;
mod templates;
