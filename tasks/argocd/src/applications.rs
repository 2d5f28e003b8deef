use crate::Argocd;
use infra::kubernetes::{Cluster, PatchType, Selection, Target};
use infra::{Error, Result};
use infra_cluster::text;
use serde_json::Value;

/// The version of Argo CD's kinds, the only one that there is.
pub(crate) const VERSION: &str = "argoproj.io/v1alpha1";

/// All objects of one of Argo CD's kinds.
pub(crate) fn all(cluster: &Cluster, params: &Argocd, kind: &str) -> Result<Vec<Value>> {
    let selection = Selection {
        api_version: Some(VERSION.to_owned()),
        kind: kind.to_owned(),
        namespace: Some(params.namespace.clone()),
        ..Selection::default()
    };
    cluster.list(&selection).map_err(|error| match error.code.as_str() {
        "not-found" => error.hint("Argo CD is not in this cluster: install it with `action = \"install\"`"),
        _ => error,
    })
}

/// The Applications that are named, or all.
pub(crate) fn wanted(cluster: &Cluster, params: &Argocd) -> Result<Vec<Value>> {
    let mut found = all(cluster, params, "Application")?;
    found.retain(|application| params.names.is_empty() || params.names.iter().any(|wanted| wanted == name(application)));
    Ok(found)
}

/// The same, where each that is named is there, and there is one at all.
pub(crate) fn existing(cluster: &Cluster, params: &Argocd) -> Result<Vec<Value>> {
    let found = wanted(cluster, params)?;
    if let Some(missing) = params.names.iter().find(|wanted| !found.iter().any(|one| name(one) == wanted.as_str())) {
        return Err(Error::new(
            "not-found",
            format!("there is no Application `{missing}` in the namespace {}", params.namespace),
        )
        .hint("`action = \"status\"` shows those that there are"));
    }
    match found.is_empty() {
        true => Err(Error::new("not-found", format!("there is no Application in the namespace {}", params.namespace))
            .hint("make one: `action = \"root\"` makes the first")),
        false => Ok(found),
    }
}

pub(crate) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// Changes an Application.
pub(crate) fn patch(cluster: &Cluster, params: &Argocd, name: &str, patch: &Value) -> Result<()> {
    cluster.patch(&target(params, name), PatchType::Merge, patch).map(drop)
}

fn target(params: &Argocd, name: &str) -> Target {
    let target = Target::new("Application", name).within(&params.namespace);
    Target { api_version: Some(VERSION.to_owned()), ..target }
}
