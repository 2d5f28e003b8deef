use std::fs;

/// Names one process among all that had its number: the number, and when the kernel started it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessIdentity {
    /// The process id.
    pub pid: u32,
    /// The boot and the start time in clock ticks after it (`/proc/PID/stat`, field 22); empty where the system does not tell.
    pub start: String,
}

impl ProcessIdentity {
    /// This process.
    #[must_use]
    pub fn current() -> Self {
        let pid = std::process::id();
        Self { pid, start: start_of(pid).unwrap_or_default() }
    }

    /// Whether it still lives.
    #[must_use]
    pub fn lives(&self) -> bool {
        start_of(self.pid).is_some_and(|start| start == self.start)
    }
}

/// Names this run of the kernel; none where the system does not tell.
pub(crate) fn boot() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(boot.trim().to_owned())
}

fn start_of(pid: u32) -> Option<String> {
    let boot = boot()?;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, field 2, is in brackets and may hold anything; the state behind it tells a zombie from the living.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?;
    let ticks = fields.nth(18)?;
    (state != "Z").then(|| format!("{boot}/{ticks}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_another_start_does_not() {
        let current = ProcessIdentity::current();
        assert!(current.lives());
        assert!(!ProcessIdentity { start: "x".into(), ..current }.lives());
    }
}
