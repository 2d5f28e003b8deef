use crate::protection::Protection;
use infra_effect::{Effect, Grants, Key, ProcessEffect, ProcessGrant, Refusal, TextPattern};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The second key: what the user, or CI, allows. The repository cannot edit it.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    grants: Option<Grants>,
    path: Option<PathBuf>,
    protection: Protection,
}

/// A policy that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It is there and cannot be read.
    #[error("the policy {path} cannot be read: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// It is not what a policy is.
    #[error("the policy {path} is wrong: {cause}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Where and why.
        cause: String,
    },
}

impl Policy {
    /// Reads `policy.toml`: the same words as an Infrafile's `allow`. Where there is none, everything that the Infrafile allows is
    /// allowed; where there is one, both must allow it.
    ///
    /// # Errors
    /// When the file is there and cannot be used: a broken policy never means that everything is allowed.
    pub fn load(path: &Path, required: bool) -> Result<Self, PolicyError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !required => return Ok(Self::default()),
            Err(error) => return Err(PolicyError::Unreadable { path: path.to_owned(), cause: error.to_string() }),
        };
        let invalid = |error: toml::de::Error| PolicyError::Invalid { path: path.to_owned(), cause: error.to_string() };
        let mut table: toml::Table = toml::from_str(&text).map_err(invalid)?;
        let Some(protect) = table.remove("protect") else {
            return Ok(Self {
                grants: Some(toml::from_str(&text).map_err(invalid)?),
                path: Some(path.to_owned()),
                ..Self::default()
            });
        };
        let patterns: Vec<TextPattern> = protect.try_into().map_err(invalid)?;
        // One that only protects leaves it to the Infrafile what is allowed.
        let grants = if table.is_empty() { None } else { Some(table.try_into().map_err(invalid)?) };
        Ok(Self { grants, path: Some(path.to_owned()), protection: Protection::of(patterns) })
    }

    /// With more contexts that are protected: those of the Infrafile.
    #[must_use]
    pub fn protecting(mut self, patterns: &[TextPattern]) -> Self {
        self.protection.add(patterns);
        self
    }

    /// Whether a context of Kubernetes is protected.
    #[must_use]
    pub fn protects(&self, context: &str) -> bool {
        self.protection.covers(context)
    }

    /// From now on refuses what is done to a protected context, but for those whose names were typed.
    #[must_use]
    pub fn confirmed(mut self, contexts: BTreeSet<String>) -> Self {
        self.protection.confirm(contexts);
        self
    }

    /// The protected contexts whose names were typed.
    #[must_use]
    pub fn confirmations(&self) -> BTreeSet<String> {
        self.protection.confirmed()
    }

    /// The policy that allows exactly this.
    #[must_use]
    pub const fn of(grants: Grants) -> Self {
        Self { grants: Some(grants), path: None, protection: Protection::none() }
    }

    /// What it allows; none where everything is allowed that the Infrafile allows.
    #[must_use]
    pub const fn grants(&self) -> Option<&Grants> {
        self.grants.as_ref()
    }

    /// The file, where there is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Every part of `needed` that the policy does not hold, as lines to add.
    #[must_use]
    pub fn missing(&self, needed: &Grants) -> Vec<String> {
        self.grants.as_ref().map_or_else(Vec::new, |grants| grants.missing(needed))
    }

    /// Whether the policy allows the effect.
    ///
    /// # Errors
    /// The refusal with the line that would allow it.
    pub fn check(&self, effect: &Effect) -> Result<(), Refusal> {
        self.protection.check(effect)?;
        self.grants.as_ref().map_or(Ok(()), |grants| grants.check(effect, Key::Policy))
    }

    /// With the home directory in the place of each `~/`.
    #[must_use]
    pub fn at_home(self, home: &str) -> Self {
        Self { grants: self.grants.map(|grants| grants.at_home(home)), ..self }
    }

    /// Whether a program may run under a grant of the Infrafile: the policy must have one for the same program, under which it could reach as
    /// much. A plan runs it only where both say that it is pure.
    pub(crate) fn process(&self, effect: &ProcessEffect, grant: &ProcessGrant) -> Option<ProcessGrant> {
        let Some(grants) = &self.grants else { return Some(grant.clone()) };
        let mut holding = grants.process_grants(effect).filter(|held| held.confines(grant)).peekable();
        holding.peek()?;
        Some(ProcessGrant { pure: grant.pure && holding.any(|held| held.pure), ..grant.clone() })
    }
}
