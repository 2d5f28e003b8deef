//! Objects as people name them.

use crate::Kubernetes;
use crate::manifests::Source;
use infra::kubernetes::{Cluster, Selection, Target};
use infra::{Error, Result};

pub(crate) use infra_cluster::{shown, text};

/// Kinds whose pods come from a template.
const WORKLOADS: [&str; 3] = ["Deployment", "StatefulSet", "DaemonSet"];

/// The object that `deployment/web` names.
pub(crate) fn parse(text: &str, namespace: Option<&str>) -> Result<Target> {
    match text.split_once('/') {
        Some((kind, name)) if !kind.is_empty() && !name.is_empty() && !name.contains('/') => Ok(Target {
            kind: kind.to_owned(),
            name: name.to_owned(),
            namespace: namespace.map(str::to_owned),
            api_version: None,
        }),
        _ => {
            Err(Error::new("invalid", format!("`{text}` is no object")).hint("write its kind and its name, as `deployment/web`"))
        }
    }
}

/// What may be done to all workloads of the manifests.
const FROM_MANIFESTS: [&str; 3] = ["rollout", "rollback", "restart"];

/// The workloads that the manifests describe.
fn workloads(params: &Kubernetes) -> Result<Vec<Target>> {
    let manifests = Source::of(params).read()?;
    let of_workloads = manifests.iter().map(|manifest| Target::of(&manifest.object));
    let mut found: Vec<Target> = of_workloads.filter(|target| WORKLOADS.contains(&target.kind.as_str())).collect();
    for target in &mut found {
        target.namespace = target.namespace.take().or_else(|| params.namespace.clone());
    }
    match found.is_empty() {
        true => Err(Error::new("not-found", "the manifests have no workload")),
        false => Ok(found),
    }
}

/// The objects that are named, or the workloads that have the labels.
pub(crate) fn targets(cluster: &Cluster, params: &Kubernetes) -> Result<Vec<Target>> {
    let namespace = params.namespace.as_deref();
    let mut targets: Vec<Target> = params.targets.iter().map(|text| parse(text, namespace)).collect::<Result<_>>()?;
    if let Some(labels) = &params.labels {
        for kind in WORKLOADS {
            let selection = Selection {
                api_version: Some("apps/v1".to_owned()),
                kind: kind.to_owned(),
                namespace: params.namespace.clone(),
                labels: Some(labels.clone()),
                ..Selection::default()
            };
            targets.extend(cluster.list(&selection)?.iter().map(Target::of));
        }
    }
    match targets.as_slice() {
        [] if params.labels.is_none() && FROM_MANIFESTS.contains(&params.action.as_str()) => workloads(params),
        [] if params.labels.is_some() => {
            Err(Error::new("not-found", format!("no workload has the labels {}", params.labels.as_deref().unwrap_or_default())))
        }
        [] => {
            Err(Error::new("invalid", "no object is named")
                .hint("name some, as `targets = [\"deployment/web\"]`, or give `labels`"))
        }
        _ => Ok(targets),
    }
}

/// The one object that is named.
pub(crate) fn one(params: &Kubernetes) -> Result<Target> {
    match params.targets.as_slice() {
        [target] => parse(target, params.namespace.as_deref()),
        [] => Err(Error::new("invalid", "no object is named").hint("name one, as `targets = [\"deployment/web\"]`")),
        _ => Err(Error::new("invalid", "several objects are named, and this is done to one").hint("name one of them")),
    }
}
