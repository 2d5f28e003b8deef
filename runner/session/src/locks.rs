use crate::directories::make_private;
use crate::error::SessionError;
use infra_event::Digest;
use rustix::fs::{FlockOperation, flock};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

/// The locks of a run's steps, held against other runs of the project until the run ends.
#[derive(Debug)]
pub(crate) struct Locks(#[expect(dead_code, reason = "they are held, not looked at")] Vec<File>);

impl Locks {
    /// Takes all at once, in one order, so that two runs never wait for each other.
    pub(crate) fn take<'a>(directory: &Path, root: &Path, names: impl Iterator<Item = &'a String>) -> Result<Self, SessionError> {
        let names: BTreeSet<&String> = names.collect();
        if names.is_empty() {
            return Ok(Self(vec![]));
        }
        make_private(directory)?;
        let mut held = Vec::new();
        for name in names {
            let key = Digest::of(format!("{}\0{name}", root.display()).as_bytes()).hex();
            let path = directory.join(key);
            let file = File::options().create(true).truncate(false).write(true).open(&path);
            let file = file.map_err(|error| SessionError::input_output(format!("{}: {error}", path.display())))?;
            flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| SessionError::Locked(name.clone()))?;
            held.push(file);
        }
        Ok(Self(held))
    }
}
