//! Secrets: declared in the Infrafile, looked up when they are first used, and exchanged for their handles where they may go.

mod container;
mod exchange;
mod fetch;
mod guest;
mod header;
mod source_command;
mod source_file;
mod source_kubernetes;
mod source_vault;
mod vault_answer;
mod veil;

pub(crate) use exchange::Admitted;
pub(crate) use fetch::Exchanger;
pub(crate) use veil::Veil;

use futures_util::future::BoxFuture;
use infra_effect::SecretDeclaration;
use infra_event::{SecretHandle, TaskError};
use infra_gate::Masker;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::OnceCell;

/// Asks a person for a secret; the text says for which.
pub type Asker = Box<dyn Fn(String) -> BoxFuture<'static, Result<String, TaskError>> + Send + Sync>;

/// The secrets of a project, for one run.
#[derive(Default)]
pub struct Secrets {
    all: Vec<Held>,
    asker: OnceLock<Asker>,
    /// The files that hold secrets since this run wrote them.
    files: Mutex<HashMap<PathBuf, Vec<usize>>>,
}

/// A secret with its text, once that is known.
pub(crate) struct Held {
    pub(crate) declaration: SecretDeclaration,
    pub(crate) text: OnceCell<Arc<str>>,
}

impl Secrets {
    /// Nothing is looked up yet.
    #[must_use]
    pub fn new(declarations: Vec<SecretDeclaration>) -> Self {
        let all = declarations.into_iter().map(|declaration| Held { declaration, text: OnceCell::new() }).collect();
        Self { all, ..Self::default() }
    }

    /// Who asks for secrets that a person types. Without one, nobody is asked.
    pub fn ask_with(&self, asker: Asker) {
        let _ = self.asker.set(asker);
    }

    pub(crate) fn asker(&self) -> Option<&Asker> {
        self.asker.get()
    }

    /// People see names in the place of handles.
    pub(crate) fn name_in(&self, masker: &Masker) {
        for held in &self.all {
            let shown = format!("${{secrets.{}}}", held.declaration.name);
            masker.name(held.declaration.handle.as_str(), &shown);
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Held> {
        self.all.get(index)
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Held> {
        self.all.iter().find(|held| held.declaration.name == name)
    }

    /// The place of the secret that the handle stands for.
    pub(crate) fn of_handle(&self, handle: &str) -> Option<usize> {
        self.all.iter().position(|held| held.declaration.handle.as_str() == handle)
    }

    /// The places of the secrets whose handles are in a text.
    pub(crate) fn found_in(&self, text: &[u8]) -> Vec<usize> {
        if self.all.is_empty() || !SecretHandle::is_in(text) {
            return vec![];
        }
        let is_in = |held: &Held| {
            let handle = held.declaration.handle.as_str().as_bytes();
            text.windows(handle.len()).any(|window| window == handle)
        };
        self.all.iter().enumerate().filter(|(_, held)| is_in(held)).map(|(index, _)| index).collect()
    }

    /// This file holds these secrets now.
    pub(crate) fn are_written_to(&self, file: &Path, secrets: Vec<usize>) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(file.to_owned(), secrets);
    }

    pub(crate) fn in_file(&self, file: &Path) -> Vec<usize> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).get(file).cloned().unwrap_or_default()
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.all.iter().map(|held| held.declaration.name.as_str()).collect();
        f.debug_tuple("Secrets").field(&names).finish()
    }
}
