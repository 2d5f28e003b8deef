//! A plan to events: a dispatcher decides which step starts, and executors run them; retries, time limits, locks, finalizers, cancellation.

mod attempts;
mod backoff;
mod board;
mod dispatcher;
mod executor;
mod exit_rule;
mod first_poll;
mod interrupt;
mod lock_queue;

pub use backoff::backoff;
pub use dispatcher::{Options, Summary, run};
pub use executor::{Attempt, Events, Executor, Finished, Found};
pub use interrupt::{Interrupt, Interruption};
