//! The use cases, wired: run, plan, resume, list and others.
