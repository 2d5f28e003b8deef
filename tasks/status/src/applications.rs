use infra::Result;
use infra::kubernetes::{Cluster, Selection};
use infra_cluster::text;
use serde_json::{Value, json};

/// The Applications of Argo CD; none where it is not in the cluster.
pub(crate) fn applications(cluster: &Cluster, namespace: &str) -> Result<Value> {
    let selection = Selection {
        api_version: Some("argoproj.io/v1alpha1".to_owned()),
        kind: "Application".to_owned(),
        namespace: Some(namespace.to_owned()),
        ..Selection::default()
    };
    match cluster.list(&selection) {
        Ok(all) => Ok(all
            .iter()
            .map(|one| json!({ "application": text(one, "/metadata/name"), "sync": text(one, "/status/sync/status"), "health": text(one, "/status/health/status") }))
            .collect()),
        Err(error) if error.code == "not-found" => Ok(json!([])),
        Err(error) => Err(error),
    }
}
