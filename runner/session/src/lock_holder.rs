use infra_event::Timestamp;
use infra_journal::ProcessIdentity;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};

/// Who holds a lock, as it stands in the lock's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LockHolder {
    /// The command.
    command: String,
    /// The process, and what tells it from a later one with its number.
    pid: u32,
    start: String,
    /// The machine: a project may lie on a disk that several share.
    host: String,
    /// Since when, in milliseconds since the Unix epoch.
    since: Timestamp,
}

impl LockHolder {
    /// This process.
    pub(crate) fn current(tasks: &[String]) -> Self {
        let ProcessIdentity { pid, start } = ProcessIdentity::current();
        Self { command: format!("infra run {}", tasks.join(" ")), pid, start, host: host(), since: Timestamp::now() }
    }

    /// What is written in a lock's file.
    pub(crate) fn read(file: &mut File) -> Option<Self> {
        let mut text = String::new();
        file.rewind().ok()?;
        file.take(1 << 16).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Writes it into a lock's file.
    pub(crate) fn write(&self, file: &mut File) -> std::io::Result<()> {
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(serde_json::to_string(self)?.as_bytes())
    }

    /// Whether it is known to have ended. Of another machine's processes nothing is known.
    fn has_ended(&self) -> bool {
        self.host == host() && !ProcessIdentity { pid: self.pid, start: self.start.clone() }.lives()
    }
}

impl std::fmt::Display for LockHolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { command, pid, host, .. } = self;
        let since = crate::verb::history::time(self.since);
        if self.has_ended() {
            return write!(f, "process {pid} of `{command}` has ended, and another has its lock now");
        }
        write!(f, "`{command}`, process {pid} on {host}, since {since}")
    }
}

/// This machine's name.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned());
    name.or_else(|| std::env::var("HOSTNAME").ok()).filter(|name| !name.is_empty()).unwrap_or_else(|| "this machine".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_has_ended_is_told_from_one_that_lives() {
        let own = LockHolder::current(&["a".to_owned()]);
        assert!(own.to_string().starts_with("`infra run a`, process "), "{own}");
        let before = LockHolder { start: "another boot/1".to_owned(), ..own.clone() };
        assert!(before.to_string().contains("has ended"), "{before}");
        // A process of another machine cannot be asked for.
        let elsewhere = LockHolder { host: "elsewhere.example".to_owned(), ..before };
        assert!(elsewhere.to_string().contains("on elsewhere.example, since "), "{elsewhere}");
    }
}
