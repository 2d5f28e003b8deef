use crate::{Param, ParamValue, Sources, Task};
use infra_effect::SecretDeclaration;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// An Infrafile that was read and checked, with its profile applied.
#[derive(Clone, Debug)]
pub struct Infrafile {
    /// The directory that holds it, canonical: the project's root.
    pub root: PathBuf,
    /// The project's name.
    pub project: String,
    /// Whether programs without full confinement are refused: `sandbox = "required"` in `[project]`.
    pub sandbox_required: bool,
    /// Contexts of Kubernetes for whose names a run asks before it starts: `protect` in `[project]`.
    pub protect: Vec<infra_effect::TextPattern>,
    /// The project's parameters, in their order.
    pub params: Vec<Param>,
    /// Their values. A required parameter without a value has none.
    pub values: BTreeMap<String, ParamValue>,
    /// The values of the command line that are not the project's: parameters of the tasks that are run.
    pub assignments: BTreeMap<String, String>,
    /// The tasks by their whole names.
    pub tasks: BTreeMap<String, Task>,
    /// Its secrets, in their order.
    pub secrets: Vec<SecretDeclaration>,
    /// The names of the profiles.
    pub profiles: Vec<String>,
    /// The texts, for errors.
    pub sources: Sources,
}

impl Infrafile {
    /// The task with this name or alias.
    #[must_use]
    pub fn task(&self, name: &str) -> Option<&Task> {
        self.tasks.get(name).or_else(|| self.tasks.values().find(|task| task.aliases.iter().any(|alias| alias == name)))
    }
}
