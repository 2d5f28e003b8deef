//! `std/terraform`: plans, and applies that very plan. It starts the `terraform` that is there, confined, and reads its `-json` stream.

mod apply;
mod call;
mod diagnostic;
mod outputs;
mod plan;
mod stream;
mod workspace;

use infra::{Grants, Params, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// What to do with which configuration.
#[derive(Params)]
struct Terraform {
    /// What to do. `plan` keeps what it has planned in `plan-file`. `apply` applies what stands there where `planned` is said, else it plans
    /// first; `destroy` does so for the removal of everything.
    #[param(default = "plan", choices("init", "validate", "plan", "apply", "destroy", "output", "workspaces"))]
    action: String,
    /// The directory of the configuration.
    #[param(default = ".")]
    dir: String,
    /// The program: `terraform`, or one that is called like it, as `tofu`.
    #[param(default = "terraform")]
    program: String,
    /// The workspace; it is made where it is not there. The one that is selected where nothing is said.
    workspace: Option<String>,
    /// Variables. They reach terraform through its environment, so a secret is not seen among its arguments.
    #[param(default = BTreeMap::<String, String>::new())]
    vars: BTreeMap<String, String>,
    /// Files with variables, relative to `dir`.
    #[param(default = Vec::<String>::new())]
    var_files: Vec<String>,
    /// Settings of the backend.
    #[param(default = BTreeMap::<String, String>::new())]
    backend: BTreeMap<String, String>,
    /// Only these resources (plan, apply, destroy).
    #[param(default = Vec::<String>::new())]
    targets: Vec<String>,
    /// Where the plan is kept, relative to `dir`.
    #[param(default = "infra.tfplan")]
    plan_file: String,
    /// The plan that is applied, as `plan` gave it: `${needs.PLAN.plan}` (apply, destroy).
    planned: Option<String>,
    /// Run `terraform init` first, except for `output`.
    #[param(default = true)]
    init: bool,
    /// Take newer providers and modules (init).
    #[param(default = false)]
    upgrade: bool,
    /// Look at what is there before planning.
    #[param(default = true)]
    refresh: bool,
    /// How many resources are worked on at once.
    parallelism: Option<u32>,
    /// How long a lock of the state is waited for, in seconds.
    #[param(default = 60_u32)]
    lock_timeout: u32,
    /// How long terraform has to end what it does and to release its state when the run is interrupted, in seconds; at most 900.
    #[param(default = 300_u32)]
    grace: u32,
    /// The context of the kubeconfig that is made for it; none where nothing is said.
    context: Option<String>,
}

fn requires(params: &Terraform) -> Result<Grants> {
    let grants = Grants::new().program(&params.program);
    Ok(match said(&params.context) {
        Some(context) => grants.kubernetes(infra::json!({ "contexts": [context], "verbs": ["program"] })),
        None => grants,
    })
}

/// A parameter that is empty says nothing.
fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// Plans, applies and destroys what a Terraform configuration describes; tells its outputs and workspaces.
#[infra::task(requires = requires)]
fn terraform(params: Terraform) -> Result<Value> {
    if params.action == "init" || params.init && params.action != "output" {
        call::init(&params)?;
    }
    if params.action != "init" && params.action != "validate" {
        workspace::select(&params)?;
    }
    match params.action.as_str() {
        "init" => Ok(Value::Null),
        "validate" => plan::validate(&params),
        "plan" => plan::plan(&params, false).map(|planned| planned.told),
        "apply" => apply::apply(&params, false),
        "destroy" => apply::apply(&params, true),
        "output" => outputs::outputs(&params),
        _ => workspace::list(&params),
    }
}

#[cfg(test)]
mod tests;
