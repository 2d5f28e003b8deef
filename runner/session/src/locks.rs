use crate::directories::make_private;
use crate::error::SessionError;
use infra_event::Digest;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

/// The locks of a run's steps, held against other runs of the project until the run ends.
#[derive(Debug)]
pub(crate) struct Locks(#[expect(dead_code, reason = "they are held, not looked at")] Vec<File>);

impl Locks {
    /// Takes all at once, in one order, so that two runs never wait for each other.
    /// `tasks` are what the run was asked for: a run that finds a lock taken says who holds it.
    pub(crate) fn take<'a>(
        directory: &Path,
        root: &Path,
        names: impl Iterator<Item = &'a String>,
        tasks: &[String],
    ) -> Result<Self, SessionError> {
        let names: BTreeSet<&String> = names.collect();
        if names.is_empty() {
            return Ok(Self(vec![]));
        }
        make_private(directory)?;
        let who = format!("`infra run {}`, process {}", tasks.join(" "), std::process::id());
        let mut held = Vec::new();
        for name in names {
            let key = Digest::of(format!("{}\0{name}", root.display()).as_bytes()).hex();
            let path = directory.join(key);
            let failed = |error: std::io::Error| SessionError::input_output(format!("the lock {}: {error}", path.display()));
            let mut file = File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(failed)?;
            if let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
                return Err(match error {
                    Errno::WOULDBLOCK => SessionError::Locked { lock: name.clone(), holder: holder(&mut file) },
                    error => failed(error.into()),
                });
            }
            let _ = file.set_len(0).and_then(|()| file.write_all(who.as_bytes()));
            held.push(file);
        }
        Ok(Self(held))
    }
}

/// What the holder has written of itself.
fn holder(file: &mut File) -> String {
    let mut who = String::new();
    match file.read_to_string(&mut who) {
        Ok(_) if !who.is_empty() => format!(": {who}"),
        _ => String::new(),
    }
}
