use crate::Argocd;
use infra::kubernetes::{ApplyOptions, Change, Cluster, Condition, Target};
use infra::{Error, Result};
use infra_cluster::{shown, watch};
use serde_json::{Value, json};

/// Applies the manifests of Argo CD into its namespace, and waits until all of it is ready.
pub(crate) fn install(cluster: &Cluster, params: &Argocd) -> Result<Value> {
    let mut files = vec![];
    for pattern in &params.files {
        let found = if pattern.contains('*') { infra::files::find(pattern)? } else { vec![pattern.clone()] };
        files.extend(found);
    }
    if files.is_empty() {
        return Err(Error::new("invalid", "no manifest of Argo CD is named").hint(
            "keep the install.yaml of a release in the repository, and name it: `files = [\"platform/argocd/install.yaml\"]`",
        ));
    }
    let mut text = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": params.namespace } }).to_string();
    for file in &files {
        text.push_str("\n---\n");
        text.push_str(&infra::files::read_to_string(file)?);
    }
    let timeout_ms = u64::from(params.timeout) * 1000;
    let options = ApplyOptions { namespace: Some(params.namespace.clone()), timeout_ms, ..ApplyOptions::default() };
    let applying = cluster.apply(&text, &options)?;
    let (mut rows, mut targets): (Vec<Value>, Vec<Target>) = (vec![], vec![]);
    while let Some(applied) = applying.next()? {
        if applied.change != Change::Unchanged {
            infra::info!("{} {}", shown(&applied.target), applied.change.word());
        }
        let target = applied.target;
        rows.push(json!({ "kind": target.kind, "name": target.name, "change": applied.change.word() }));
        targets.push(target);
    }
    if params.wait {
        watch(cluster, &targets, &Condition::Ready, timeout_ms)?;
    }
    Ok(Value::Array(rows))
}
