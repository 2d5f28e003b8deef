use crate::Expression;
use infra_event::{SecretHandle, StepId};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the references of one task stand for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// Parameters of the project and of the task.
    pub params: BTreeMap<String, Expression>,
    /// What stands for the project's secrets, by their names.
    pub secrets: Arc<BTreeMap<String, SecretHandle>>,
    /// The row of the matrix.
    pub matrix: BTreeMap<String, Json>,
    /// The steps of the tasks that it needs: by name, with whether the task has a matrix.
    pub needs: BTreeMap<String, (Vec<StepId>, bool)>,
}
