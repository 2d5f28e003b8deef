//! Files of the project: resolved, checked, then opened without following links.

mod disk;
mod open;
mod partial;
mod planned;
mod search;
mod secret_content;

use crate::bindings::infra::task::files::{Host, Kind, Metadata};
use crate::bindings::infra::task::types::Error;
use crate::error_conversion::wit_error;
use crate::{CanonicalPath, State};
use infra_effect::{Effect, FileEffect, FileVerb};
use infra_event::{ErrorCode, TaskError};
use infra_gate::{Decision, Gate, Permit};
use std::sync::Arc;

pub(crate) use partial::{PartialFile, Source as FileSource};

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl Host for State {
    async fn read(&mut self, path: String) -> Answer<Vec<u8>> {
        self.count()?;
        Ok(self.read_file(&path).await.map_err(wit_error))
    }

    async fn stat(&mut self, path: String) -> Answer<Option<Metadata>> {
        self.count()?;
        Ok(self.stat_file(&path).await.map_err(wit_error))
    }

    async fn list_directory(&mut self, path: String) -> Answer<Vec<String>> {
        self.count()?;
        Ok(self.list_files(&path).await.map_err(wit_error))
    }

    async fn find(&mut self, pattern: String) -> Answer<Vec<String>> {
        self.count()?;
        Ok(self.find_files(&pattern).await.map_err(wit_error))
    }

    async fn write(&mut self, path: String, content: Vec<u8>, executable: bool) -> Answer<()> {
        self.count()?;
        Ok(self.write_file(&path, content, executable).await.map_err(wit_error))
    }

    async fn create_directory(&mut self, path: String) -> Answer<()> {
        self.count()?;
        Ok(self.make_directory(&path).await.map_err(wit_error))
    }

    async fn remove(&mut self, path: String) -> Answer<()> {
        self.count()?;
        Ok(self.remove_file(&path).await.map_err(wit_error))
    }
}

impl State {
    /// Resolves a path. Where that fails, the gate is asked about the path as it is written first: what is not granted is not told about.
    pub(crate) async fn resolve(&mut self, verb: FileVerb, path: &str) -> Result<CanonicalPath, TaskError> {
        let resolved = if verb == FileVerb::Remove { self.paths().canonical_entry(path) } else { self.paths().canonical(path) };
        match resolved {
            Ok(found) => {
                let written = self.paths().written(path);
                if written != found.shown {
                    // What the link leads to may change.
                    self.gate().remember(|trace| trace.others.push(format!("it used `{written}`, which leads over a link")));
                }
                Ok(found)
            }
            Err(error) => {
                let effect = Effect::File(FileEffect { verb, path: self.paths().written(path) });
                match self.gate().admit(effect).await? {
                    Decision::Perform(permit) => permit.end(Err(error)),
                    Decision::Simulate(_) => Err(error),
                }
            }
        }
    }

    pub(crate) async fn ask(&mut self, verb: FileVerb, path: &CanonicalPath) -> Result<Decision, TaskError> {
        Ok(self.gate().admit(Effect::File(FileEffect { verb, path: path.shown.clone() })).await?)
    }

    /// A read: the gate performs it in a plan too.
    async fn admit_read(&mut self, verb: FileVerb, path: &str) -> Result<(CanonicalPath, Permit), TaskError> {
        let path = self.resolve(verb, path).await?;
        match self.ask(verb, &path).await? {
            Decision::Perform(permit) => Ok((path, permit)),
            Decision::Simulate(simulated) => Err(simulated.unknown()),
        }
    }

    pub(crate) async fn writable(&mut self, verb: FileVerb, path: &str) -> Result<CanonicalPath, TaskError> {
        let path = self.resolve(verb, path).await?;
        if self.paths().is_protected(&path.absolute) {
            let message = format!("`{}` can be written by no task", path.shown);
            return Err(TaskError::new(ErrorCode::DENIED, message)
                .hint("the Infrafile, its lock file and the runner's own state are protected; write elsewhere"));
        }
        Ok(path)
    }

    /// Whether a write that is allowed would change nothing. It is then recorded as the look that it was.
    async fn unchanged(
        &mut self,
        verb: FileVerb,
        path: &CanonicalPath,
        same: impl FnOnce(&Gate, &CanonicalPath) -> bool + Send + 'static,
    ) -> Result<bool, TaskError> {
        let write = Effect::File(FileEffect { verb, path: path.shown.clone() });
        if !self.gate().allows(&write) {
            return Ok(false);
        }
        // A program that a plan does not run may have made or changed the file.
        if self.gate().unforeseen() && planned::entry(self.gate().gate().overlay(), &path.shown).is_none() {
            return Ok(false);
        }
        let (gate, checked) = (self.gate().gate().clone(), path.clone());
        if !disk::blocking(move || Ok(same(&gate, &checked))).await? {
            return Ok(false);
        }
        if let Decision::Perform(permit) = self.ask(FileVerb::Stat, path).await? {
            permit.done(None);
        }
        self.gate().remember(|trace| trace.unchanged.push(write));
        Ok(true)
    }

    async fn read_file(&mut self, path: &str) -> Result<Vec<u8>, TaskError> {
        let (path, permit) = self.admit_read(FileVerb::Read, path).await?;
        let limit = self.message_limit() as u64;
        if let Err(error) = self.refuse_secrets_of(&path) {
            return permit.end(Err(error));
        }
        match planned::entry(self.gate().gate().overlay(), &path.shown) {
            Some(planned::Entry::File { content, .. }) if content.len() as u64 > limit => {
                permit.end(Err(disk::too_large(&path, limit)))
            }
            Some(planned::Entry::File { content, .. }) => permit.end(Ok(content)),
            Some(planned::Entry::Directory) => permit.end(Err(disk::no_file(&path))),
            Some(planned::Entry::Absent) => permit.end(Err(disk::absent(&path.shown))),
            None => permit.end(disk::blocking(move || disk::read(&path, limit)).await),
        }
    }

    async fn stat_file(&mut self, path: &str) -> Result<Option<Metadata>, TaskError> {
        let (path, permit) = self.admit_read(FileVerb::Stat, path).await?;
        let gate = self.gate().gate().clone();
        permit.end(disk::blocking(move || planned::metadata(gate.overlay(), &path)).await)
    }

    async fn list_files(&mut self, path: &str) -> Result<Vec<String>, TaskError> {
        let (path, permit) = self.admit_read(FileVerb::List, path).await?;
        let (gate, limit) = (self.gate().gate().clone(), self.message_limit());
        permit.end(disk::blocking(move || planned::list(gate.overlay(), &path, limit)).await)
    }

    async fn find_files(&mut self, pattern: &str) -> Result<Vec<String>, TaskError> {
        let search = search::Search::new(pattern, self.paths())?;
        if search.is_one_path {
            // Nothing is to be looked through.
            let is_file = self.stat_file(pattern).await?.is_some_and(|found| found.kind == Kind::File);
            return Ok(if is_file { vec![self.paths().canonical(pattern)?.shown] } else { Vec::new() });
        }
        let (start, permit) = self.admit_read(FileVerb::List, &search.start).await?;
        self.gate().remember(|trace| trace.searches.extend(search.looked_for().map(|pattern| (start.shown.clone(), pattern))));
        let (gate, limit) = (Arc::clone(self.gate()), self.message_limit());
        let waiting = search::Waiting::default();
        let given_up = Arc::clone(&waiting.0);
        let found = disk::blocking(move || {
            search.run(&start, gate.gate().overlay(), limit, &given_up, |path| {
                gate.allows(&Effect::File(FileEffect { verb: FileVerb::Stat, path: path.to_owned() }))
            })
        });
        permit.end(found.await)
    }

    async fn write_file(&mut self, path: &str, content: Vec<u8>, executable: bool) -> Result<(), TaskError> {
        if !self.world.secrets.found_in(&content).is_empty() {
            return self.write_secret_file(path, content, executable).await;
        }
        let path = self.writable(FileVerb::Write, path).await?;
        let content = Arc::new(content);
        let wanted = Arc::clone(&content);
        let same = move |gate: &Gate, path: &CanonicalPath| match planned::entry(gate.overlay(), &path.shown) {
            Some(planned) => {
                matches!(planned, planned::Entry::File { content, executable: found } if content == *wanted && found == executable)
            }
            None => disk::is_same(path, &wanted, executable),
        };
        if self.unchanged(FileVerb::Write, &path, same).await? {
            return Ok(());
        }
        match self.ask(FileVerb::Write, &path).await? {
            Decision::Perform(permit) => carry_through(permit, move || disk::write(&path, &content, executable)).await,
            Decision::Simulate(_) => planned::write(self.gate().gate().overlay(), &path, &content, executable),
        }
    }

    async fn make_directory(&mut self, path: &str) -> Result<(), TaskError> {
        let path = self.writable(FileVerb::CreateDirectory, path).await?;
        let there = |gate: &Gate, path: &CanonicalPath| {
            matches!(planned::metadata(gate.overlay(), path), Ok(Some(Metadata { kind: Kind::Directory, .. })))
        };
        if self.unchanged(FileVerb::CreateDirectory, &path, there).await? {
            return Ok(());
        }
        match self.ask(FileVerb::CreateDirectory, &path).await? {
            Decision::Perform(permit) => carry_through(permit, move || disk::create_directory(&path)).await,
            Decision::Simulate(_) => planned::create_directory(self.gate().gate().overlay(), &path),
        }
    }

    async fn remove_file(&mut self, path: &str) -> Result<(), TaskError> {
        let path = self.writable(FileVerb::Remove, path).await?;
        let gone = |gate: &Gate, path: &CanonicalPath| matches!(planned::metadata(gate.overlay(), path), Ok(None));
        if self.unchanged(FileVerb::Remove, &path, gone).await? {
            return Ok(());
        }
        match self.ask(FileVerb::Remove, &path).await? {
            Decision::Perform(permit) => carry_through(permit, move || disk::remove(&path)).await,
            Decision::Simulate(_) => planned::remove(self.gate().gate().overlay(), &path),
        }
    }
}

/// A write that has begun ends, also where the step is cancelled meanwhile; the step ends after it.
async fn carry_through(
    mut permit: Permit,
    work: impl FnOnce() -> Result<(), TaskError> + Send + 'static,
) -> Result<(), TaskError> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let task = tokio::task::spawn_blocking(move || {
        let _ = sender.send(work());
    });
    permit.on_cancel(move || {
        Box::pin(async move {
            let _ = task.await;
            Ok(())
        })
    });
    let result = receiver.await.unwrap_or_else(|_| Err(TaskError::new(ErrorCode::CANCELLED, "the runner is ending")));
    permit.end(result)
}
