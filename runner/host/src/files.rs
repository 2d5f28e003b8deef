//! Files of the project: resolved, checked, then opened without following links.

mod disk;
mod planned;
mod search;

use crate::bindings::infra::task::files::{Host, Kind, Metadata};
use crate::bindings::infra::task::types::Error;
use crate::error_conversion::wit_error;
use crate::{CanonicalPath, State};
use infra_effect::{Effect, FileEffect, FileVerb};
use infra_event::{ErrorCode, TaskError};
use infra_gate::{Decision, Permit};
use std::sync::Arc;

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
    /// Resolves a path and asks the gate.
    async fn admit(&mut self, verb: FileVerb, path: &str) -> Result<(CanonicalPath, Decision), TaskError> {
        let path = self.paths().canonical(path)?;
        if verb.writes() && self.paths().is_protected(&path.absolute) {
            let message = format!("`{}` can be written by no task", path.shown);
            return Err(TaskError::new(ErrorCode::DENIED, message)
                .hint("the Infrafile, its lock file and the runner's own state are protected; write elsewhere"));
        }
        let effect = Effect::File(FileEffect { verb, path: path.shown.clone() });
        let decision = self.gate().admit(effect).await?;
        Ok((path, decision))
    }

    /// A read: the gate performs it in a plan too.
    async fn admit_read(&mut self, verb: FileVerb, path: &str) -> Result<(CanonicalPath, Permit), TaskError> {
        match self.admit(verb, path).await? {
            (path, Decision::Perform(permit)) => Ok((path, permit)),
            (_, Decision::Simulate(simulated)) => Err(simulated.unknown()),
        }
    }

    async fn read_file(&mut self, path: &str) -> Result<Vec<u8>, TaskError> {
        let (path, permit) = self.admit_read(FileVerb::Read, path).await?;
        if let Some(planned) = planned::content(self.gate().gate().overlay(), &path.shown) {
            return permit.end(planned.ok_or_else(|| disk::absent(&path.shown)));
        }
        let limit = self.message_limit() as u64;
        permit.end(disk::blocking(move || disk::read(&path, limit)).await)
    }

    async fn stat_file(&mut self, path: &str) -> Result<Option<Metadata>, TaskError> {
        let (path, permit) = self.admit_read(FileVerb::Stat, path).await?;
        if let Some(planned) = planned::content(self.gate().gate().overlay(), &path.shown) {
            let metadata = planned.map(|content| Metadata { kind: Kind::File, size: content.len() as u64, executable: false });
            return permit.end(Ok(metadata));
        }
        permit.end(disk::blocking(move || disk::stat(&path)).await)
    }

    async fn list_files(&mut self, path: &str) -> Result<Vec<String>, TaskError> {
        let (path, permit) = self.admit_read(FileVerb::List, path).await?;
        let directory = path.shown.clone();
        let mut names = disk::blocking(move || disk::list(&path)).await;
        if let Ok(names) = &mut names {
            planned::merge_names(self.gate().gate().overlay(), &directory, names);
        }
        permit.end(names)
    }

    async fn find_files(&mut self, pattern: &str) -> Result<Vec<String>, TaskError> {
        let search = search::Search::new(pattern, self.paths())?;
        let (start, permit) = self.admit_read(FileVerb::List, &search.start).await?;
        let gate = Arc::clone(self.gate());
        let paths = Arc::clone(self.paths());
        let limit = self.message_limit();
        let found = disk::blocking(move || {
            search.run(&start, &paths, limit, |path| {
                gate.allows(&Effect::File(FileEffect { verb: FileVerb::Stat, path: path.to_owned() }))
            })
        });
        permit.end(found.await)
    }

    async fn write_file(&mut self, path: &str, content: Vec<u8>, executable: bool) -> Result<(), TaskError> {
        match self.admit(FileVerb::Write, path).await? {
            (path, Decision::Perform(permit)) => {
                permit.end(disk::blocking(move || disk::write(&path, &content, executable)).await)
            }
            (path, Decision::Simulate(_)) => {
                planned::write(self.gate().gate().overlay(), &path.shown, &content);
                Ok(())
            }
        }
    }

    async fn make_directory(&mut self, path: &str) -> Result<(), TaskError> {
        match self.admit(FileVerb::CreateDirectory, path).await? {
            (path, Decision::Perform(permit)) => permit.end(disk::blocking(move || disk::create_directory(&path)).await),
            (_, Decision::Simulate(_)) => Ok(()),
        }
    }

    async fn remove_file(&mut self, path: &str) -> Result<(), TaskError> {
        match self.admit(FileVerb::Remove, path).await? {
            (path, Decision::Perform(permit)) => permit.end(disk::blocking(move || disk::remove(&path)).await),
            (path, Decision::Simulate(_)) => {
                planned::remove(self.gate().gate().overlay(), &path.shown);
                Ok(())
            }
        }
    }
}
