use super::Record;
use crate::directories::Directories;
use infra_event::Digest;
use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Where what is known of one service is kept.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    directory: PathBuf,
    key: String,
}

impl Place {
    /// Of the service of this step.
    pub(crate) fn of(directories: &Directories, root: &Path, step: &str) -> Self {
        Self { directory: Self::directory(directories, root), key: short(step.as_bytes()) }
    }

    /// All services of a project that have a record, by their names.
    pub(crate) fn all(directories: &Directories, root: &Path) -> Vec<(Self, Record)> {
        let directory = Self::directory(directories, root);
        let entries = std::fs::read_dir(&directory).into_iter().flatten().flatten();
        let keys = entries.filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".json")?.to_owned()));
        let places = keys.map(|key| Self { directory: directory.clone(), key });
        let mut all: Vec<_> = places.filter_map(|place| Some((place.clone(), place.record()?))).collect();
        all.sort_by(|(_, one), (_, other)| one.task.cmp(&other.task));
        all
    }

    fn directory(directories: &Directories, root: &Path) -> PathBuf {
        directories.services().join(short(root.as_os_str().as_encoded_bytes()))
    }

    pub(crate) fn parent(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.file("log")
    }

    fn file(&self, kind: &str) -> PathBuf {
        self.directory.join(format!("{}.{kind}", self.key))
    }

    pub(crate) fn record(&self) -> Option<Record> {
        serde_json::from_slice(&std::fs::read(self.file("json")).ok()?).ok()
    }

    /// A reader sees the old record or the new one.
    pub(crate) fn write(&self, record: &Record) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        serde_json::to_writer(&mut file, record)?;
        file.persist(self.file("json")).map(drop).map_err(|error| error.error)
    }

    pub(crate) fn forget(&self) {
        let _ = std::fs::remove_file(self.file("json"));
    }

    /// Held by the supervisor as long as it lives: the kernel lets go of it with the process.
    pub(crate) fn hold(&self) -> io::Result<File> {
        let file = self.open("alive")?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        Ok(file)
    }

    /// Whether a supervisor lives.
    pub(crate) fn is_held(&self) -> bool {
        self.open("alive").is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockShared).is_err())
    }

    /// Held by a runner while it starts or stops the service. `None` where another one does.
    pub(crate) fn lock(&self) -> io::Result<Option<File>> {
        let file = self.open("lock")?;
        Ok(flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok().then_some(file))
    }

    fn open(&self, kind: &str) -> io::Result<File> {
        File::options().create(true).truncate(false).write(true).mode(0o600).open(self.file(kind))
    }
}

fn short(bytes: &[u8]) -> String {
    Digest::of(bytes).hex()[..16].to_owned()
}
