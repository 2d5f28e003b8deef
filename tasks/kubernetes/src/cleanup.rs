use crate::manifests::Source;
use crate::reference::{shown, text};
use crate::{Kubernetes, reference};
use infra::kubernetes::{Cluster, Condition, DeleteOptions, Target};
use infra::{Error, Result};
use infra_cluster::watch;
use serde_json::{Value, json};

/// Deletes what the manifests describe, in reverse order: what was applied last goes first.
pub(crate) fn cleanup(cluster: &Cluster, params: &Kubernetes) -> Result<Value> {
    let manifests = Source::of(params).read()?;
    let mut targets: Vec<(u8, Target)> = vec![];
    for manifest in &manifests {
        let mut target = Target::of(&manifest.object);
        if target.namespace.is_none() {
            target.namespace.clone_from(&params.namespace);
        }
        targets.push((phase(&manifest.object), target));
    }
    // Namespaces and definitions are applied first, whatever their place.
    targets.sort_by_key(|(phase, _)| *phase);
    targets.reverse();
    let mut rows = vec![];
    let mut phases: Vec<Vec<Target>> = vec![];
    for group in targets.chunk_by(|(one, _), (other, _)| one == other) {
        phases.push(group.iter().map(|(_, target)| target.clone()).collect());
    }
    for phase in phases {
        rows.extend(remove(cluster, &phase, params)?);
    }
    Ok(Value::Array(rows))
}

/// Deletes the objects that are named.
pub(crate) fn delete(cluster: &Cluster, params: &Kubernetes) -> Result<Value> {
    let targets = reference::targets(cluster, params)?;
    Ok(Value::Array(remove(cluster, &targets, params)?))
}

fn phase(object: &Value) -> u8 {
    match (text(object, "/apiVersion").split('/').next(), text(object, "/kind")) {
        (Some("v1"), "Namespace") => 0,
        (Some("apiextensions.k8s.io"), _) => 1,
        _ => 2,
    }
}

/// Deletes some objects, and waits until they are gone.
fn remove(cluster: &Cluster, targets: &[Target], params: &Kubernetes) -> Result<Vec<Value>> {
    let mut rows = vec![];
    let mut going = vec![];
    // What is waited for is gone with all that it made.
    let propagation = params.wait.then(|| "foreground".to_owned());
    let options = DeleteOptions { propagation, ..DeleteOptions::default() };
    for target in targets {
        let there = match cluster.delete(target, &options) {
            // A kind that is not there has no objects.
            Err(Error { code, .. }) if code == "not-found" => false,
            other => other?,
        };
        if there {
            infra::info!("{} deleted", shown(target));
            going.push(target.clone());
        }
        let change = if there { "deleted" } else { "not there" };
        rows.push(json!({ "kind": target.kind, "namespace": target.namespace, "name": target.name, "change": change }));
    }
    if params.wait {
        watch(cluster, &going, &Condition::Deleted, u64::from(params.timeout) * 1000)?;
    }
    Ok(rows)
}
