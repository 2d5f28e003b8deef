use crate::Expression;
use infra_event::StepId;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What the references of one task stand for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// Parameters of the project and of the task.
    pub params: BTreeMap<String, Expression>,
    /// The row of the matrix.
    pub matrix: BTreeMap<String, Json>,
    /// The steps of the tasks that it needs: by name, with whether the task has a matrix.
    pub needs: BTreeMap<String, (Vec<StepId>, bool)>,
}
