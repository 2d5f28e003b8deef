//! `std/helm`: releases of Helm charts. It starts the `helm` that is there, confined, with a kubeconfig that is made for it.

mod arguments;
mod attempt;
mod release;

use infra::{Error, Grants, Params, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What to do with which release.
#[derive(Params)]
struct Helm {
    /// What to do. `upgrade` installs the release where it is not there.
    #[param(default = "upgrade", choices("lint", "template", "upgrade", "rollback", "history", "uninstall"))]
    action: String,
    /// The chart: a directory of the project, `oci://…`, or a name in `repo` (lint, template, upgrade).
    chart: Option<String>,
    /// The name of the release.
    release: Option<String>,
    /// Its namespace; the context's where nothing is said.
    namespace: Option<String>,
    /// The context of the kubeconfig; the current one where nothing is said.
    context: Option<String>,
    /// The address of a repository of charts.
    repo: Option<String>,
    /// The version of the chart.
    version: Option<String>,
    /// Files with values; later ones win.
    #[param(default = Vec::<String>::new())]
    values: Vec<String>,
    /// Single values, which win over files.
    #[param(default = BTreeMap::<String, String>::new())]
    set: BTreeMap<String, String>,
    /// Make the namespace where it is not there (upgrade).
    #[param(default = false)]
    create_namespace: bool,
    /// Go back where it fails (upgrade).
    #[param(default = true)]
    atomic: bool,
    /// Wait until all of it is ready, or gone.
    #[param(default = true)]
    wait: bool,
    /// How long that may take, in seconds.
    #[param(default = 300_u32)]
    timeout: u32,
    /// How often it is tried (upgrade, rollback, uninstall).
    #[param(default = 1_u32)]
    attempts: u32,
    /// To which revision (rollback); the one before where nothing is said, or 0.
    #[param(default = 0_u32)]
    revision: u32,
    /// Keep the history of what is uninstalled.
    #[param(default = false)]
    keep_history: bool,
}

fn requires(params: &Helm) -> Result<Grants> {
    let grants = Grants::new().program("helm");
    if !needs_cluster(params) {
        return Ok(grants);
    }
    let mut grant = json!({ "verbs": ["program"] });
    if let Some(context) = said(&params.context) {
        grant["contexts"] = json!([context]);
    }
    Ok(grants.kubernetes(grant))
}

/// A chart is looked at without a cluster.
fn needs_cluster(params: &Helm) -> bool {
    !["lint", "template"].contains(&params.action.as_str())
}

/// A parameter that is empty says nothing.
fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// What must be said for this action.
fn needed<'p>(params: &Helm, name: &str, text: &'p Option<String>) -> Result<&'p str> {
    said(text).ok_or_else(|| {
        Error::new("invalid", format!("`{name}` is missing")).hint(format!("`action = \"{}\"` needs it", params.action))
    })
}

/// Installs, upgrades, rolls back and removes releases of Helm charts; checks and renders charts.
#[infra::task(requires = requires)]
fn helm(params: Helm) -> Result<Value> {
    match params.action.as_str() {
        "lint" => release::lint(&params),
        "template" => release::template(&params),
        "upgrade" => release::upgrade(&params),
        "rollback" => release::rollback(&params),
        "history" => release::history(&params),
        _ => release::uninstall(&params),
    }
}

#[cfg(test)]
mod tests;
