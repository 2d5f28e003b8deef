//! Write tasks for `infra`.
//!
//! A task is a function from parameters to a result. It runs as a WebAssembly component and reaches the world through this
//! crate alone: [`process`], [`files`], [`docker`], [`pipe`], [`kubernetes`], [`http`], [`ui`]. Every call passes the gate, so the Infrafile must grant it.
//!
//! ```
//! use infra::{Params, Result, cmd};
//!
//! /// Which revision to release.
//! #[derive(Params)]
//! struct Release {
//!     /// A branch, a tag or a commit.
//!     #[param(default = "HEAD")]
//!     revision: String,
//! }
//!
//! /// Prints the commit that would be released.
//! #[infra::task]
//! fn release(params: Release) -> Result<String> {
//!     let commit = cmd!("git", "rev-parse", "{params.revision}").read()?;
//!     infra::info!("releasing {commit}");
//!     Ok(commit)
//! }
//! # fn main() {}
//! ```
//!
//! The same code builds natively, where [`testing`] stands in for the runner.

// The macros name this crate as its users do.
extern crate self as infra;

mod base64;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod bindings;
pub mod context;
#[doc(hidden)]
pub mod descriptor;
pub mod docker;
mod error;
pub mod files;
mod grants;
mod host;
pub mod http;
mod http_testing;
#[cfg(target_family = "wasm")]
mod http_wasm;
pub mod kubernetes;
#[cfg(target_family = "wasm")]
mod kubernetes_wasm;
mod params;
pub mod pipe;
#[cfg(target_family = "wasm")]
mod pipe_wasm;
pub mod process;
mod pull;
pub mod secrets;
pub mod testing;
mod testing_cluster;
mod testing_pipe;
mod timer;
pub mod ui;
mod wait;
#[cfg(target_family = "wasm")]
mod wasm_host;

pub use error::{Context, Error, Result};
pub use grants::Grants;
pub use host::{
    BuildHandle, ConnectingHandle, ExchangeHandle, ExecHandle, Host, LogsHandle, PipingHandle, PortionHandle, PortionsHandle,
    ProgressHandle, PullHandle, RunningHandle, ScratchHandle, WaitHandle, Waitable,
};
pub use infra_sdk_macros::{Params, cmd, task};
pub use params::{Arguments, Params};
pub use secrets::Secret;
pub use serde_json::json;
pub use timer::{Timer, after};
pub use wait::wait_any;

#[doc(hidden)]
pub mod private {
    pub use crate::descriptor::{join, length};
    pub use serde_json;

    /// JSON in, JSON out: what the exported `run` does.
    pub fn call<P: crate::Params, R: serde::Serialize>(
        task: impl FnOnce(P) -> crate::Result<R>,
        args: &str,
    ) -> crate::Result<String> {
        let output = task(read::<P>(args)?)?;
        serde_json::to_string(&output).map_err(|error| crate::Error::new("invalid", format!("the result is not JSON: {error}")))
    }

    /// JSON in, grants out: what the exported `requires` does.
    pub fn requires<P: crate::Params>(
        requires: impl FnOnce(&P) -> crate::Result<crate::Grants>,
        args: &str,
    ) -> crate::Result<String> {
        Ok(requires(&read::<P>(args)?)?.to_json())
    }

    fn read<P: crate::Params>(args: &str) -> crate::Result<P> {
        let json = serde_json::from_str(args)
            .map_err(|error| crate::Error::new("invalid", format!("the arguments are not JSON: {error}")))?;
        P::from_json(json)
    }
}

/// The examples of the documentation are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/tasks.md")]
pub struct Documentation;
