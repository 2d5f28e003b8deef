use crate::output_of;
use infra::docker::{self, Condition, ScratchContainer};
use infra::{Error, Result};
use serde_json::Value;

/// A container that is there as long as the task, and runs.
pub struct Scratch {
    /// Its name.
    pub name: String,
    _container: ScratchContainer,
}

/// How long a container may take to run.
const START: u64 = 60_000;

impl Scratch {
    /// Creates and starts it.
    ///
    /// # Errors
    /// `denied`, `not-found` for the image, `unavailable`.
    pub fn start(what: &str, body: &Value) -> Result<Self> {
        let (project, task, run) = (infra::context::project(), infra::context::task_name(), infra::context::run_id());
        let name = format!("{project}-{what}-{task}-{run}-{}", infra::context::attempt());
        let name: String = name.chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '-' }).collect();
        let container = docker::create_scratch_container(&name, body)?;
        docker::start_container(&name)?;
        let wait = docker::wait_container(&name, Condition::Running, START)?;
        while wait.next()?.is_some() {}
        Ok(Self { name, _container: container })
    }

    /// Removes it now, not only when the task ends.
    ///
    /// # Errors
    /// `denied`, `unavailable`.
    pub fn remove(self) -> Result<()> {
        docker::remove_container(&self.name, true, true)
    }
}

/// Repeats a command in a container until it succeeds.
///
/// # Errors
/// Its last failure, after so many tries.
pub fn wait_until(container: &str, args: &[&str], tries: u32) -> Result<()> {
    let mut last = Error::new("timeout", "there was no time to try");
    for _ in 0..tries {
        match output_of(container, args) {
            Ok(_) => return Ok(()),
            Err(error) if error.code == "failed" => last = error,
            Err(error) => return Err(error),
        }
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    Err(last)
}
