use crate::Kubernetes;
use crate::reference::{self, shown};
use infra::Result;
use infra::kubernetes::{Cluster, Condition, WorkloadChange};
use infra_cluster::watch;
use serde_json::{Value, json};

/// Changes workloads, and waits until they are rolled out.
pub(crate) fn change(cluster: &Cluster, params: &Kubernetes, change: &WorkloadChange) -> Result<Value> {
    let targets = reference::targets(cluster, params)?;
    let mut rows = vec![];
    for target in &targets {
        let done = cluster.change(target, change)?;
        let what = done.unwrap_or_else(|| "unchanged".to_owned());
        infra::info!("{}: {what}", shown(target));
        rows.push(json!({ "kind": target.kind, "namespace": target.namespace, "name": target.name, "change": what }));
    }
    if params.wait {
        watch(cluster, &targets, &Condition::Rollout, u64::from(params.timeout) * 1000)?;
    }
    Ok(Value::Array(rows))
}

/// Tells how workloads' rollouts are.
pub(crate) fn rollout(cluster: &Cluster, params: &Kubernetes) -> Result<Value> {
    let mut rows = vec![];
    for target in reference::targets(cluster, params)? {
        let mut state = cluster.rollout(&target)?;
        state["name"] = json!(shown(&target));
        rows.push(state);
    }
    Ok(Value::Array(rows))
}
