use infra_event::Timestamp;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The log of a service. When it is longer than its limit it becomes the old one, and a new one is begun.
#[derive(Debug)]
pub(crate) struct LogFile {
    path: PathBuf,
    file: File,
    written: u64,
    limit: u64,
}

impl LogFile {
    /// An empty one.
    pub(crate) fn begin(path: &Path, limit: u64) -> io::Result<Self> {
        let file = File::options().create(true).write(true).truncate(true).mode(0o600).open(path)?;
        Ok(Self { path: path.to_owned(), file, written: 0, limit })
    }

    /// Adds a line. A full disk does not stop a service.
    pub(crate) fn line(&mut self, text: &str) {
        let line = format!("{} {text}\n", Timestamp::now());
        if self.written > 0 && self.written + line.len() as u64 > self.limit {
            let old = self.path.with_extension("log.old");
            if std::fs::rename(&self.path, old).is_ok()
                && let Ok(next) = Self::begin(&self.path, self.limit)
            {
                *self = next;
            }
        }
        self.written += line.len() as u64;
        let _ = self.file.write_all(line.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_grows_past_twice_its_limit() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.log");
        let mut log = LogFile::begin(&path, 1_000).unwrap();
        (0..100).for_each(|number| log.line(&format!("line {number} {}", "x".repeat(50))));
        let length = |path: &Path| std::fs::metadata(path).unwrap().len();
        assert!(length(&path) <= 1_000 && length(&directory.path().join("x.log.old")) <= 1_000);
        assert!(std::fs::read_to_string(&path).unwrap().contains("line 99 "));
    }
}
