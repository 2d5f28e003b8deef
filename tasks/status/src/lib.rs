//! `std/status`: how everything is, on one page: services in Docker, the workloads of a cluster, Argo CD's applications. What it cannot look at
//! it says. At the end stands what a run before it has left out.

mod applications;
mod services;
mod workloads;

use infra::{Grants, Params, Result};
use serde_json::{Value, json};

/// What to look at.
#[derive(Params)]
struct Status {
    /// The containers of this project.
    #[param(default = true)]
    docker: bool,
    /// The workloads of a cluster.
    #[param(default = true)]
    cluster: bool,
    /// The context of the kubeconfig; the current one where nothing is said.
    context: Option<String>,
    /// The namespaces that are looked at.
    #[param(default = Vec::<String>::new())]
    namespaces: Vec<String>,
    /// The namespace of Argo CD; its applications are not looked at where nothing is said.
    argocd: Option<String>,
    /// The name of what went before, for `incomplete`.
    #[param(default = "bootstrap")]
    after: String,
    /// What was left out before, as `${needs.cluster.incomplete}`. Where it says something there is no cluster to look at.
    incomplete: Option<String>,
}

impl Status {
    fn looks_at_cluster(&self) -> bool {
        self.cluster && said(&self.incomplete).is_none()
    }
}

fn requires(params: &Status) -> Result<Grants> {
    let mut grants = Grants::new();
    if params.docker {
        grants = grants.docker(json!({ "verbs": ["inspect"] }));
    }
    if params.looks_at_cluster() {
        let mut grant = json!({ "namespaces": params.namespaces, "verbs": ["get"] });
        if let Some(context) = said(&params.context) {
            grant["contexts"] = json!([context]);
        }
        grants = grants.kubernetes(grant);
    }
    Ok(grants)
}

/// A parameter that is empty says nothing.
fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// Shows how services, workloads and applications are, on one page.
#[infra::task(requires = requires)]
fn status(params: Status) -> Result<Value> {
    let mut page = json!({});
    if params.docker {
        page["services"] = services::services()?;
    }
    if params.looks_at_cluster() {
        workloads::look(&params, &mut page)?;
    }
    if let Some(why) = said(&params.incomplete) {
        let text = format!("{} incomplete: {why}", params.after);
        infra::warning!("{text}");
        page["incomplete"] = json!(text);
    }
    Ok(page)
}

#[cfg(test)]
mod tests;
