//! `std/cluster`: a Kubernetes cluster for this machine, made by k3d or kind, or one that exists.

mod nodes;
mod provider;

use infra::{Error, Grants, Params, Result};
use provider::Provider;
use serde_json::{Value, json};

/// Which cluster.
#[derive(Params)]
struct Cluster {
    /// What to do.
    #[param(default = "ensure", choices("ensure", "delete"))]
    action: String,
    /// Where it comes from. `auto` is the context where one is named, else k3d or kind, whichever is installed; where neither is, there is no
    /// cluster, and the result says what is incomplete.
    #[param(default = "auto", choices("auto", "k3d", "kind", "existing", "none"))]
    cluster: String,
    /// The name of the cluster that k3d or kind makes.
    #[param(default = "infra")]
    name: String,
    /// The context of the cluster that exists; the current one where nothing is said.
    context: Option<String>,
    /// A file with the settings of k3d or kind.
    config: Option<String>,
    /// How long making it and waiting for its nodes may take, in seconds.
    #[param(default = 300_u32)]
    timeout: u32,
    /// Wait until all nodes are ready.
    #[param(default = true)]
    wait: bool,
}

/// The cluster as other tasks see it: `${needs.cluster.context}`.
struct Found {
    provider: &'static str,
    context: Option<String>,
    kubeconfig: Option<String>,
    nodes: usize,
    /// What is missing, where there is no cluster although one was wanted.
    incomplete: Option<String>,
}

impl Found {
    fn told(self) -> Value {
        json!({
            "cluster": self.provider, "context": self.context, "kubeconfig": self.kubeconfig, "nodes": self.nodes,
            "ready": self.context.is_some(), "incomplete": self.incomplete,
        })
    }
}

fn requires(params: &Cluster) -> Result<Grants> {
    let made = [Provider::K3d, Provider::Kind].into_iter().filter(|provider| match params.cluster.as_str() {
        "auto" => said(&params.context).is_none(),
        chosen => chosen == provider.program(),
    });
    let made: Vec<Provider> = made.collect();
    let grants = made.iter().fold(Grants::new(), |grants, provider| grants.program(provider.program()));
    if params.cluster == "none" || params.action == "delete" {
        return Ok(grants);
    }
    let mut grant = json!({ "cluster": ["Node"], "verbs": if params.wait { json!(["get", "wait"]) } else { json!(["get"]) } });
    let mut contexts: Vec<String> = made.iter().map(|provider| provider.context(&params.name)).collect();
    contexts.extend(said(&params.context).filter(|_| made.is_empty()).map(str::to_owned));
    if !contexts.is_empty() {
        grant["contexts"] = json!(contexts);
    }
    Ok(grants.kubernetes(grant))
}

/// A parameter that is empty says nothing.
fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// Makes sure that there is a Kubernetes cluster, and waits for its nodes; or deletes the one that was made.
#[infra::task(requires = requires)]
fn cluster(params: Cluster) -> Result<Value> {
    match (params.action.as_str(), chosen(&params)?) {
        ("delete", Some(provider)) => Ok(json!({ "cluster": provider.program(), "deleted": provider.delete(&params)? })),
        ("delete", None) => {
            infra::info!("no cluster was made here, so none is deleted");
            Ok(json!({ "cluster": "none", "deleted": false }))
        }
        (_, Some(provider)) => {
            let kubeconfig = provider.ensure(&params)?;
            found(&params, provider.program(), Some(&provider.context(&params.name)), kubeconfig)
        }
        (_, None) if params.cluster == "none" => {
            infra::info!("no cluster is wanted");
            Ok(Found { provider: "none", context: None, kubeconfig: None, nodes: 0, incomplete: None }.told())
        }
        (_, None) if params.cluster == "existing" || said(&params.context).is_some() => {
            found(&params, "existing", said(&params.context), None)
        }
        (_, None) => {
            let missing = "there is no cluster: install k3d (https://k3d.io) or kind (https://kind.sigs.k8s.io), or name one that exists: \
                           CLUSTER=existing CONTEXT=NAME";
            infra::warning!("{missing}");
            Ok(Found { provider: "none", context: None, kubeconfig: None, nodes: 0, incomplete: Some(missing.to_owned()) }.told())
        }
    }
}

/// The program that makes the cluster; none where none does.
fn chosen(params: &Cluster) -> Result<Option<Provider>> {
    let all = [Provider::K3d, Provider::Kind];
    match params.cluster.as_str() {
        "auto" if said(&params.context).is_none() => {
            for provider in all {
                if infra::process::find(provider.program())?.is_some() {
                    return Ok(Some(provider));
                }
            }
            Ok(None)
        }
        wanted => {
            let provider = all.into_iter().find(|provider| provider.program() == wanted);
            if let Some(provider) = provider
                && infra::process::find(wanted)?.is_none()
            {
                return Err(Error::new("unavailable", format!("`{wanted}` is not installed"))
                    .hint(format!("install it: {}", provider.home())));
            }
            Ok(provider)
        }
    }
}

fn found(params: &Cluster, provider: &'static str, context: Option<&str>, kubeconfig: Option<String>) -> Result<Value> {
    let (context, nodes) = nodes::ready(params, context)?;
    infra::info!("{nodes} nodes of {context} are ready");
    Ok(Found { provider, context: Some(context), kubeconfig, nodes, incomplete: None }.told())
}

#[cfg(test)]
mod tests;
