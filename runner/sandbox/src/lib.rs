//! From component bytes to a running instance: limits, interruption, and the cache of compiled code. It knows no WIT.

mod cache_key;
mod code_cache;
mod component;
mod contract;
mod engine;
mod error;
mod limiter;
mod sandbox;
mod ticker;
mod trap;

pub use code_cache::CodeCache;
pub use component::Component;
pub use contract::Contract;
pub use error::{LoadError, SandboxError};
pub use limiter::{Limited, Limiter};
pub use sandbox::{Allocation, Sandbox};
