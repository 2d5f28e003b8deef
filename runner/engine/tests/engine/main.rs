//! Plans run to their end by a fake executor, so that order, failure and cancellation are seen without a component.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set itself up fails")]

mod cancellation;
mod failure;
mod finalizers;
mod locks;
mod many;
mod order;
mod random;
mod retries;
mod stage;
