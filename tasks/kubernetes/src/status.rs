use crate::manifests::{Source, pod_spec};
use crate::reference::{self, text};
use crate::{Kubernetes, namespace};
use infra::Result;
use infra::kubernetes::{Cluster, Target};
use serde_json::{Value, json};

/// Tells how the objects of the manifests are.
pub(crate) fn status(cluster: &Cluster, params: &Kubernetes) -> Result<Value> {
    let mut rows = vec![];
    for manifest in Source::of(params).read()? {
        let mut target = Target::of(&manifest.object);
        if target.namespace.is_none() {
            target.namespace.clone_from(&params.namespace);
        }
        let found = cluster.get(&target)?;
        let state = match &found {
            None => "not there".to_owned(),
            Some(_) if pod_spec(&manifest.object).is_some() && is_workload(&target.kind) => {
                text(&cluster.rollout(&target)?, "/message").to_owned()
            }
            Some(object) => state(object),
        };
        rows.push(json!({ "kind": target.kind, "namespace": target.namespace, "name": target.name, "state": state }));
    }
    Ok(Value::Array(rows))
}

fn is_workload(kind: &str) -> bool {
    matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet")
}

/// What an object says of itself, in a word.
fn state(object: &Value) -> String {
    let phase = text(object, "/status/phase");
    if !phase.is_empty() {
        return phase.to_owned();
    }
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    let holding: Vec<&str> = conditions
        .into_iter()
        .filter(|condition| condition["status"] == "True")
        .filter_map(|condition| condition["type"].as_str())
        .collect();
    if holding.is_empty() { "there".to_owned() } else { holding.join(", ") }
}

/// The newest events, of an object or of the namespace.
pub(crate) fn events(cluster: &Cluster, params: &Kubernetes) -> Result<Value> {
    let targets = match params.targets.is_empty() {
        true => vec![Target { namespace: Some(namespace(cluster, params)), ..Target::default() }],
        false => reference::targets(cluster, params)?,
    };
    let mut rows = vec![];
    for target in &targets {
        for event in cluster.events(target)? {
            let of = |pointer: &str| text(&event, pointer);
            let last = if of("/lastTimestamp").is_empty() { of("/eventTime") } else { of("/lastTimestamp") };
            let object = format!("{}/{}", of("/involvedObject/kind"), of("/involvedObject/name"));
            rows.push(json!({ "last": last, "type": of("/type"), "reason": of("/reason"), "object": object, "message": of("/message").trim() }));
        }
    }
    Ok(Value::Array(rows))
}
