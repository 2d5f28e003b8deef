use crate::applications::applications;
use crate::{Status, said};
use infra::Result;
use infra::kubernetes::{self, Cluster, Selection};
use infra_cluster::{age, text};
use serde_json::{Value, json};

/// Looks at the cluster, where there is one that answers.
pub(crate) fn look(params: &Status, page: &mut Value) -> Result<()> {
    let cluster = match kubernetes::open(said(&params.context)) {
        Ok(cluster) => cluster,
        Err(error) if error.code == "unavailable" => {
            infra::warning!("{}", error.message);
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    page["context"] = json!(cluster.context());
    page["kubernetes"] = cluster.version()?["gitVersion"].clone();
    page["workloads"] = workloads(&cluster, params)?;
    if let Some(namespace) = said(&params.argocd) {
        page["applications"] = applications(&cluster, namespace)?;
    }
    Ok(())
}

fn workloads(cluster: &Cluster, params: &Status) -> Result<Value> {
    let mut rows = vec![];
    for namespace in &params.namespaces {
        for kind in ["Deployment", "StatefulSet", "DaemonSet"] {
            let selection = Selection {
                api_version: Some("apps/v1".to_owned()),
                kind: kind.to_owned(),
                namespace: Some(namespace.clone()),
                ..Selection::default()
            };
            rows.extend(cluster.list(&selection)?.iter().map(row));
        }
    }
    Ok(Value::Array(rows))
}

fn row(object: &Value) -> Value {
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_u64);
    let wanted = number("/status/desiredNumberScheduled").or_else(|| number("/spec/replicas")).unwrap_or(1);
    let ready = number("/status/numberReady").or_else(|| number("/status/readyReplicas")).unwrap_or(0);
    json!({
        "namespace": text(object, "/metadata/namespace"), "workload": format!("{}/{}", text(object, "/kind"), text(object, "/metadata/name")),
        "ready": format!("{ready}/{wanted}"), "image": text(object, "/spec/template/spec/containers/0/image"),
        "age": age(text(object, "/metadata/creationTimestamp")),
    })
}
