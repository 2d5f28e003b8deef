//! What is asked for against what quotas leave, before anything is sent.

use crate::demand::{self, Demand};
use crate::manifests::{Manifest, pod_spec};
use crate::quantity;
use crate::reference::text;
use infra::kubernetes::{Cluster, Selection};
use infra::{Error, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// Refuses manifests whose pods cannot fit into a namespace's quotas.
pub(crate) fn check(cluster: &Cluster, manifests: &[Manifest], default: &str) -> Result<()> {
    let mut wanted: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for manifest in manifests {
        wanted.entry(namespace(&manifest.object, default)).or_default().push(&manifest.object);
    }
    let mut problems = vec![];
    for (namespace, objects) in wanted {
        if objects.iter().any(|object| pod_spec(object).is_some()) {
            problems.extend(of_namespace(cluster, &namespace, &objects)?);
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::new(
        "conflict",
        format!("the quota does not leave as much as is asked for; nothing was sent\n  {}", problems.join("\n  ")),
    )
    .hint("ask for less, raise the quota, or say `check-quotas = false`"))
}

fn namespace(object: &Value, default: &str) -> String {
    let named = text(object, "/metadata/namespace");
    if named.is_empty() { default.to_owned() } else { named.to_owned() }
}

fn of_namespace(cluster: &Cluster, namespace: &str, objects: &[&Value]) -> Result<Vec<String>> {
    let quotas = quotas(cluster, namespace, objects)?;
    if quotas.is_empty() {
        return Ok(vec![]);
    }
    let mut asked = Demand::new();
    for object in objects {
        demand::add(&mut asked, &demand::of_object(object), 1);
    }
    let others = others(cluster, namespace, objects)?;
    let mut problems = vec![];
    for (quota, hard) in quotas {
        for (resource, limit) in hard {
            let Some(needed) = asked.get(&resource).copied().filter(|needed| *needed > 0) else { continue };
            let used = others.get(&resource).copied().unwrap_or(0);
            if needed + used > limit {
                let shown = |amount| quantity::shown(&resource, amount);
                problems.push(format!(
                    "{namespace}: {resource} of the quota {quota} is {}; others use {}, and {} are asked for",
                    shown(limit),
                    shown(used),
                    shown(needed)
                ));
            }
        }
    }
    Ok(problems)
}

/// The quotas of a namespace: those of the manifests, and those that are there besides. Quotas for some pods only are left to the server.
fn quotas(cluster: &Cluster, namespace: &str, objects: &[&Value]) -> Result<Vec<(String, Demand)>> {
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for quota in list(cluster, "ResourceQuota", namespace)? {
        all.insert(text(&quota, "/metadata/name").to_owned(), quota);
    }
    for object in objects.iter().filter(|object| object["kind"] == "ResourceQuota") {
        all.insert(text(object, "/metadata/name").to_owned(), (*object).clone());
    }
    let whole = all
        .into_iter()
        .filter(|(_, quota)| quota.pointer("/spec/scopes").is_none() && quota.pointer("/spec/scopeSelector").is_none());
    Ok(whole
        .map(|(name, quota)| {
            let hard = quota.pointer("/spec/hard").and_then(Value::as_object).into_iter().flatten();
            let amounts = hard.filter_map(|(resource, amount)| {
                let amount = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
                Some((resource.clone(), quantity::parse(&amount)?))
            });
            (name, amounts.collect())
        })
        .collect())
}

/// What the pods use that are not of these objects.
fn others(cluster: &Cluster, namespace: &str, objects: &[&Value]) -> Result<Demand> {
    let mut used = Demand::new();
    for pod in list(cluster, "Pod", namespace)? {
        let over = matches!(text(&pod, "/status/phase"), "Succeeded" | "Failed");
        if !over && !objects.iter().any(|object| owns(object, &pod)) {
            demand::add(&mut used, &demand::of_pod(&pod["spec"]), 1);
        }
    }
    Ok(used)
}

/// Where it may not be looked, the server decides alone.
fn list(cluster: &Cluster, kind: &str, namespace: &str) -> Result<Vec<Value>> {
    let selection = Selection {
        api_version: Some("v1".to_owned()),
        kind: kind.to_owned(),
        namespace: Some(namespace.to_owned()),
        ..Selection::default()
    };
    match cluster.list(&selection) {
        Err(error) if matches!(error.code.as_str(), "denied" | "failed" | "not-found") => Ok(vec![]),
        other => other,
    }
}

/// Whether a pod is of a workload, by its labels.
fn owns(object: &Value, pod: &Value) -> bool {
    let labels = object.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    let same_name = object["kind"] == "Pod" && text(object, "/metadata/name") == text(pod, "/metadata/name");
    same_name
        || labels.is_some_and(|labels| {
            !labels.is_empty()
                && labels.iter().all(|(key, value)| pod.pointer("/metadata/labels").and_then(|have| have.get(key)) == Some(value))
        })
}
