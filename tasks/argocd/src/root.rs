use crate::applications::VERSION;
use crate::{Argocd, said};
use infra::kubernetes::{ApplyOptions, Cluster};
use infra::{Error, Result};
use infra_cluster::shown;
use serde_json::{Value, json};

/// Makes the Application that brings all others: a directory of a repository that holds them.
pub(crate) fn root(cluster: &Cluster, params: &Argocd) -> Result<Value> {
    let (Some(url), Some(path)) = (said(&params.url), said(&params.path)) else {
        return Err(Error::new("invalid", "the root application needs `url` and `path`")
            .hint("say which directory of which repository holds the Applications"));
    };
    let mut spec = json!({
        "project": params.project,
        "source": { "repoURL": url, "path": path, "targetRevision": said(&params.revision).unwrap_or("HEAD") },
        "destination": { "server": params.destination, "namespace": params.namespace },
    });
    if params.automated {
        spec["syncPolicy"] = json!({ "automated": { "prune": params.prune, "selfHeal": true } });
    }
    let application = json!({
        "apiVersion": VERSION, "kind": "Application",
        "metadata": { "name": said(&params.name).unwrap_or("root"), "namespace": params.namespace },
        "spec": spec,
    });
    apply(cluster, params, &application)
}

/// Applies one object; what became of it.
pub(crate) fn apply(cluster: &Cluster, params: &Argocd, object: &Value) -> Result<Value> {
    let options = ApplyOptions { timeout_ms: u64::from(params.timeout) * 1000, ..ApplyOptions::default() };
    let applying = cluster.apply(&object.to_string(), &options)?;
    let mut rows = vec![];
    while let Some(applied) = applying.next()? {
        infra::info!("{} {}", shown(&applied.target), applied.change.word());
        rows.push(json!({ "kind": applied.target.kind, "name": applied.target.name, "change": applied.change.word() }));
    }
    Ok(Value::Array(rows))
}
