//! One call of a program: how long it takes and how much memory it needs at most.
//!
//! The benchmark starts itself once for each call, and that process starts the program: `getrusage` tells the peak of all children of a
//! process, so each call needs a parent of its own.

use crate::Failure;
use nix::sys::resource::{UsageWho, getrusage};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The first argument of the parent of one call.
pub const PARENT: &str = "--parent-of-one-call";

/// One call.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Sample {
    /// From the start to the end, in seconds.
    pub seconds: f64,
    /// The largest resident set, in KiB.
    pub memory: u64,
    /// The exit code.
    pub code: i32,
}

/// Runs a program in a directory, with a home of its own.
pub fn call(program: &Path, args: &[String], directory: &Path, home: &Path) -> Result<Sample, Failure> {
    let own = std::env::current_exe().map_err(Failure::Itself)?;
    let output = Command::new(own)
        .arg(PARENT)
        .arg(program)
        .args(args)
        .current_dir(directory)
        .env("HOME", home)
        .env_remove("MAKEFLAGS")
        .stderr(Stdio::inherit())
        .output()
        .map_err(Failure::Itself)?;
    serde_json::from_slice(&output.stdout).map_err(|_| Failure::Call { program: program.to_owned(), args: args.to_vec() })
}

/// The parent of one call: what it measured goes to standard output.
pub fn parent(words: &[String]) -> Result<(), Failure> {
    let (program, args) = words.split_first().ok_or(Failure::Usage)?;
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().map_err(Failure::Itself)?;
    let seconds = start.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| Failure::Itself(error.into()))?;
    let memory = u64::try_from(usage.max_rss()).unwrap_or(0);
    let sample = Sample { seconds, memory, code: status.code().unwrap_or(-1) };
    println!("{}", serde_json::to_string(&sample).map_err(|error| Failure::Itself(error.into()))?);
    Ok(())
}
