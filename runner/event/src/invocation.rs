use crate::{Digest, Limits, Mode, RunId, StepId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All that is needed to run one attempt of one step, here or elsewhere. Grants travel as the JSON that `infra-effect` defines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invocation {
    /// The run.
    pub run: RunId,
    /// The step's place in the plan.
    pub step: StepId,
    /// The task's name, with its matrix row where it has one.
    pub task: String,
    /// The component.
    pub component: Digest,
    /// The arguments of `run`, as JSON.
    pub args: serde_json::Value,
    /// The environment that the task's programs get.
    pub env: BTreeMap<String, String>,
    /// The directory that relative paths start from, relative to the project.
    pub dir: String,
    /// The grants of the Infrafile.
    pub grants: serde_json::Value,
    /// What the step may use.
    pub limits: Limits,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Whether effects are performed or simulated.
    pub mode: Mode,
    /// Whether the task's program gets the terminal.
    pub interactive: bool,
}
