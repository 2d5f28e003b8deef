//! Runs a plan: order, retries, time limits, locks, cancellation.
