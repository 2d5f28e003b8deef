//! Starts programs under Landlock and seccomp.
//!
//! Programs are started by a small process of one thread, the *spawner*: this binary, executed again. It forks a *worker* for each
//! program that runs at the same time. A worker is the subreaper of its program, so every descendant is its child in the end, and it kills
//! them all when the program ends, or when the runner is gone. See [`Spawner`].
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod base_profile;
mod confinement;
mod error;
mod exit_status;
#[cfg(not(target_os = "linux"))]
mod fallback;
#[cfg(target_os = "linux")]
mod linux;
mod platform;
mod refused_environment;
mod request;
mod stdio;
mod support;

pub use base_profile::base_profile;
pub use confinement::{Confinement, ResourceLimits, TcpPorts};
pub use error::{ConfineError, Stage};
pub use exit_status::ExitStatus;
pub use platform::{Running, Spawner, spawner_main};
pub use refused_environment::{refused_environment, refused_value};
pub use request::Request;
pub use stdio::{Pipes, Stdio};
pub use support::{Support, support};

/// Makes a test binary able to start programs: put it once at the root of the test. It runs [`spawner_main`] before the test harness's
/// own `main`. A binary with a `main` of its own calls [`spawner_main`] first in it instead.
#[macro_export]
macro_rules! spawner_before_main {
    () => {
        #[cfg(target_os = "linux")]
        const _: () = {
            extern "C" fn before_main() {
                $crate::spawner_main();
            }
            // SAFETY: the loader calls the functions of this section once, before `main`, with the C library ready.
            #[used]
            #[expect(unsafe_code, reason = "there is no other way to run before a test harness's main")]
            #[unsafe(link_section = ".init_array")]
            static BEFORE_MAIN: extern "C" fn() = before_main;
        };
        #[cfg(not(target_os = "linux"))]
        const _: () = ();
    };
}
