use crate::{Record, sealed};
use infra_event::Digest;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is known of the steps of a project: a file that grows by a line with each step that ran, read once. The last line of a step holds.
#[derive(Debug)]
pub struct Index {
    path: PathBuf,
    read: Mutex<Read>,
}

#[derive(Debug, Default)]
struct Read {
    /// The last line of each step, not parsed yet.
    lines: HashMap<String, String>,
    /// How many lines there are in all.
    all: usize,
    /// How much of the file was read, and of which file.
    length: u64,
    inode: u64,
}

/// More lines than this for each that holds, and the file is written anew.
const GROWTH: usize = 4;
const FEW: usize = 1_000;

/// Held while a step runs, so that no other run of the project runs it as well.
#[derive(Debug)]
pub struct StepLock(#[expect(dead_code, reason = "the lock is free when the file is closed")] File);

impl Index {
    /// Reads the index in this directory, which exists.
    ///
    /// # Errors
    /// When a file that is there cannot be read.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let index = Self { path: directory.join("index"), read: Mutex::default() };
        index.refresh()?;
        Ok(index)
    }

    fn read(&self) -> MutexGuard<'_, Read> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of a step.
    #[must_use]
    pub fn get(&self, step: &str) -> Option<Record> {
        let line = self.read().lines.get(step)?.clone();
        serde_json::from_str(sealed::text(&line)?).ok()
    }

    /// Reads what others have added meanwhile.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn refresh(&self) -> io::Result<()> {
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        let mut read = self.read();
        let metadata = file.metadata()?;
        if metadata.ino() != read.inode || metadata.len() < read.length {
            *read = Read { inode: metadata.ino(), ..Read::default() };
        }
        if metadata.len() == read.length {
            return Ok(());
        }
        let mut text = Vec::new();
        file.seek(SeekFrom::Start(read.length))?;
        file.read_to_end(&mut text)?;
        // A line that is not whole is being written, or was cut off.
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        read.length += whole as u64;
        for line in String::from_utf8_lossy(&text[..whole]).lines() {
            read.take(line);
        }
        Ok(())
    }

    /// Adds what is known of a step now.
    ///
    /// # Errors
    /// When it cannot be written: the step is run the next time.
    pub fn put(&self, record: &Record) -> io::Result<()> {
        let text = serde_json::to_string(record)?;
        let line = sealed::line(&text);
        let mut file = self.locked()?;
        // What was cut off before gets an end of its own, so that this line is whole.
        let length = file.seek(SeekFrom::End(0))?;
        if length > 0 {
            let mut last = [0];
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
            }
        }
        file.write_all(line.as_bytes())?;
        drop(file);
        let mut read = self.read();
        read.take(line.trim_end());
        Ok(())
    }

    /// Writes the file anew without the lines that hold no more, where they are many.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn tidy(&self) -> io::Result<()> {
        self.refresh()?;
        {
            let read = self.read();
            if read.all < FEW || read.all < read.lines.len() * GROWTH {
                return Ok(());
            }
        }
        let held = self.locked()?;
        self.refresh()?;
        let draft = self.path.with_extension("new");
        let mut text = String::new();
        for line in self.read().lines.values() {
            text.push_str(line);
            text.push('\n');
        }
        let written = fs::write(&draft, text).and_then(|()| fs::rename(&draft, &self.path));
        drop(held);
        written
    }

    /// The file, locked, and still the one with this name.
    fn locked(&self) -> io::Result<File> {
        loop {
            let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&self.path)?;
            file.lock()?;
            if fs::metadata(&self.path).is_ok_and(|now| now.ino() == file.metadata().map_or(0, |open| open.ino())) {
                return Ok(file);
            }
        }
    }

    /// Locks a step. None while another run has it.
    ///
    /// # Errors
    /// When the lock's file cannot be made.
    pub fn try_lock(&self, step: &str) -> io::Result<Option<StepLock>> {
        let name: String = Digest::of(step.as_bytes()).hex().chars().take(24).collect();
        let path = self.path.with_file_name(format!("{name}.lock"));
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(StepLock(file))),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Read {
    fn take(&mut self, line: &str) {
        self.all += 1;
        // The name comes first, so that a line is parsed only when it is asked for.
        let Some((_, text)) = line.split_once(' ') else { return };
        let name = text
            .strip_prefix("{\"step\":")
            .and_then(|rest| serde_json::Deserializer::from_str(rest).into_iter::<String>().next()?.ok());
        if let Some(name) = name {
            self.lines.insert(name, line.to_owned());
        }
    }
}
