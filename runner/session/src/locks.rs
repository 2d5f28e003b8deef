use crate::Global;
use crate::directories::make_private;
use crate::error::SessionError;
use crate::lock_holder::LockHolder;
use crate::status;
use infra_event::Digest;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a lock that another run holds is asked for.
const PAUSE: Duration = Duration::from_millis(100);

/// The locks of a run's steps, held against other runs of the project until the run ends. The kernel frees those of a process that dies.
#[derive(Debug)]
pub(crate) struct Locks(#[expect(dead_code, reason = "they are held, not looked at")] Vec<File>);

/// What is locked, and for whom.
pub(crate) struct Wanted<'a> {
    /// Where locks are kept.
    pub directory: PathBuf,
    /// The project's root.
    pub root: &'a Path,
    /// The names.
    pub names: BTreeSet<&'a String>,
    /// What the run was asked for: a run that finds a lock taken says who holds it.
    pub tasks: &'a [String],
    /// Whether it waits for what another run holds.
    pub wait: bool,
}

impl Locks {
    /// Takes all in one order, so that two runs never wait for each other.
    pub(crate) async fn take(global: &Global, wanted: Wanted<'_>) -> Result<Self, SessionError> {
        let mut held = Vec::new();
        if wanted.names.is_empty() {
            return Ok(Self(held));
        }
        make_private(&wanted.directory)?;
        for name in &wanted.names {
            let key = Digest::of(format!("{}\0{name}", wanted.root.display()).as_bytes()).hex();
            let path = wanted.directory.join(key);
            let failed = |error: std::io::Error| SessionError::input_output(format!("the lock {}: {error}", path.display()));
            let mut file = File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(failed)?;
            let mut told = false;
            while let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
                if error != Errno::WOULDBLOCK {
                    return Err(failed(error.into()));
                }
                let holder = LockHolder::read(&mut file).map(|holder| format!(": {holder}")).unwrap_or_default();
                if !wanted.wait {
                    return Err(SessionError::Locked { lock: (*name).clone(), holder });
                }
                if !told {
                    status::say(global, format!("waiting for the lock `{name}`{holder}"));
                    told = true;
                }
                tokio::time::sleep(PAUSE).await;
            }
            LockHolder::current(wanted.tasks).write(&mut file).map_err(failed)?;
            held.push(file);
        }
        Ok(Self(held))
    }
}
