use std::time::Duration;

/// How a program ended. Exactly one of `code` and `signal` is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitStatus {
    /// The code that it exited with.
    pub code: Option<i32>,
    /// The signal that killed it.
    pub signal: Option<i32>,
    /// From its start to its end.
    pub duration: Duration,
    /// Processor time of it and of the children that it waited for.
    pub cpu: Duration,
    /// The most memory that it, or a child that it waited for, held at once, in bytes.
    pub max_rss: u64,
    /// How many of its descendants could not be killed (they run as another user, or hang in the kernel).
    pub left_alive: u32,
}

impl ExitStatus {
    /// Whether it exited with 0.
    #[must_use]
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }
}
