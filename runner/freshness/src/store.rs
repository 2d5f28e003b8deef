use crate::{Kind, Project, Snapshot, sealed};
use infra_event::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What steps made, by the digest of its content, and by what it was made from. Content is compared with its digest whenever it is used.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    /// The most that is kept, in bytes.
    size: u64,
}

/// What a step made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The files.
    pub outputs: Snapshot,
    /// The result.
    pub output: Json,
    /// The programs that it used: name and path.
    pub programs: Vec<(String, String)>,
    /// Their files.
    pub program_files: Snapshot,
    /// The system's programs and libraries, where it used any.
    pub system: String,
}

/// What nobody has used for so long is removed.
const AGE: Duration = Duration::from_secs(30 * 24 * 3600);
/// How often the store is looked through for what is old.
const PAUSE: Duration = Duration::from_secs(3600);
const PIECE: usize = 64 << 10;

impl Store {
    /// In this directory, which is made when something is kept.
    #[must_use]
    pub const fn new(directory: PathBuf, size: u64) -> Self {
        Self { directory, size }
    }

    fn blob(&self, digest: Digest) -> PathBuf {
        let hex = digest.hex();
        self.directory.join("content").join(&hex[..2]).join(&hex[2..])
    }

    fn result(&self, key: Digest) -> PathBuf {
        let hex = key.hex();
        self.directory.join("results").join(&hex[..2]).join(&hex[2..])
    }

    /// What was made from this. What is damaged is removed, and counts as not kept.
    #[must_use]
    pub fn find(&self, key: Digest) -> Option<Kept> {
        let path = self.result(key);
        let line = fs::read_to_string(&path).ok()?;
        let kept = sealed::text(&line).and_then(|text| serde_json::from_str(text).ok());
        if kept.is_none() {
            let _ = fs::remove_file(&path);
        }
        kept
    }

    /// Forgets what was made from this.
    pub fn forget(&self, key: Digest) {
        let _ = fs::remove_file(self.result(key));
    }

    /// Keeps what a step made. The content first: a result that is there is whole.
    ///
    /// # Errors
    /// When it cannot be written, or a file is not what it was any more.
    pub fn keep(&self, key: Digest, kept: &Kept, project: &Project<'_>) -> io::Result<()> {
        for look in kept.outputs.matched() {
            if let Kind::File(digest, _) = &look.kind {
                self.keep_file(*digest, &mut project.open(&look.path)?)?;
            }
        }
        let line = sealed::line(&serde_json::to_string(kept)?);
        self.write(&self.result(key), |file| file.write_all(line.as_bytes()))
    }

    fn keep_file(&self, digest: Digest, source: &mut File) -> io::Result<()> {
        let path = self.blob(digest);
        if path.exists() && self.check(digest).is_ok() {
            return Ok(());
        }
        self.write(&path, |file| {
            if copy(source, file)? == digest { Ok(()) } else { Err(io::Error::other("it was changed while it was kept")) }
        })
    }

    /// Writes under another name, then renames.
    fn write(&self, path: &Path, content: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
        let parent = path.parent().unwrap_or(&self.directory);
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let draft = self.directory.join(format!("{:016x}.new", u64::from_ne_bytes(random)));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        let written = content(&mut file).and_then(|()| fs::rename(&draft, path));
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
        written
    }

    /// Whether the content is there and whole. What is damaged is removed.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(&self, digest: Digest) -> io::Result<()> {
        self.copy(digest, &mut io::sink())
    }

    /// Writes the content out, and says whether it was whole.
    ///
    /// # Errors
    /// When it was not.
    pub fn copy(&self, digest: Digest, into: &mut impl Write) -> io::Result<()> {
        let path = self.blob(digest);
        let mut file = File::open(&path)?;
        if copy(&mut file, into)? == digest {
            // What is used is kept.
            let _ = file.set_modified(SystemTime::now());
            return Ok(());
        }
        let _ = fs::remove_file(&path);
        Err(io::Error::new(io::ErrorKind::InvalidData, "what the store has of it is damaged"))
    }

    /// Removes what is old, and the oldest where there is too much; now and then.
    ///
    /// # Errors
    /// When the store cannot be looked through.
    pub fn prune(&self) -> io::Result<()> {
        let mark = self.directory.join("pruned");
        let now = SystemTime::now();
        let last = fs::metadata(&mark).and_then(|metadata| metadata.modified());
        if last.is_ok_and(|last| now.duration_since(last).is_ok_and(|passed| passed < PAUSE)) {
            return Ok(());
        }
        if !self.directory.exists() {
            return Ok(());
        }
        self.sweep(now)?;
        File::create(&mark).map(drop)
    }

    fn sweep(&self, now: SystemTime) -> io::Result<()> {
        let mut all = Vec::new();
        for kind in ["content", "results"] {
            for folder in entries(&self.directory.join(kind))? {
                for file in entries(&folder)? {
                    let Ok(metadata) = fs::metadata(&file) else { continue };
                    all.push((metadata.modified().unwrap_or(now), metadata.len(), file));
                }
            }
        }
        // What was being written when a runner died.
        for draft in entries(&self.directory)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == "new")) {
            let modified = fs::metadata(&draft).and_then(|metadata| metadata.modified());
            if modified.is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > PAUSE)) {
                let _ = fs::remove_file(draft);
            }
        }
        all.sort();
        let mut size: u64 = all.iter().map(|(_, length, _)| length).sum();
        for (used, length, path) in all {
            let old = now.duration_since(used).is_ok_and(|age| age > AGE);
            if !old && size <= self.size {
                break;
            }
            let _ = fs::remove_file(path);
            size = size.saturating_sub(length);
        }
        Ok(())
    }
}

fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(directory) {
        Ok(entries) => Ok(entries.flatten().map(|entry| entry.path()).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(vec![]),
        Err(error) => Err(error),
    }
}

/// Copies, and gives the digest of what was copied.
fn copy(source: &mut impl Read, into: &mut impl Write) -> io::Result<Digest> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        let length = source.read(&mut piece)?;
        if length == 0 {
            return Ok(Digest::from_bytes(hasher.finalize().into()));
        }
        hasher.update(&piece[..length]);
        into.write_all(&piece[..length])?;
    }
}
