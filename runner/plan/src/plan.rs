use crate::{Confirmation, Step};
use infra_event::{StepId, StepInfo};
use infra_infrafile::Location;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What a request comes to: steps, each after those that it needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The tasks that were asked for.
    pub requested: Vec<String>,
    /// The values of the project's parameters.
    pub params: BTreeMap<String, Json>,
    /// By their ids: `steps[3]` has the id 3. A step needs only steps before it.
    pub steps: Vec<Step>,
    /// What is asked before anything runs.
    pub confirmations: Vec<Confirmation>,
    /// What must be there before anything runs.
    pub preconditions: Vec<Precondition>,
}

/// A path that must be there.
#[derive(Clone, Debug, PartialEq)]
pub struct Precondition {
    /// The task that wants it.
    pub task: String,
    /// The path, relative to the project's root.
    pub path: String,
    /// What is wrong where it is not there.
    pub message: Option<String>,
    /// What to do then.
    pub hint: Option<String>,
    /// Where it is written.
    pub at: Location,
}

impl Plan {
    /// The step with this id.
    #[must_use]
    pub fn step(&self, id: StepId) -> Option<&Step> {
        self.steps.get(id.0 as usize)
    }

    /// The steps as reports know them.
    #[must_use]
    pub fn infos(&self) -> Vec<StepInfo> {
        self.steps
            .iter()
            .map(|step| StepInfo {
                step: step.id,
                name: step.name.clone(),
                task: step.task.clone(),
                needs: step.needs.iter().chain(&step.finalizes).copied().collect(),
                requested: step.requested,
                finalizer: !step.finalizes.is_empty(),
                digest: None,
            })
            .collect()
    }
}
