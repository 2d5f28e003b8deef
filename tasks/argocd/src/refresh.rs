use crate::Argocd;
use crate::applications::{existing, name, patch, wanted};
use crate::row::Row;
use crate::wait::Patience;
use infra::Result;
use infra::kubernetes::Cluster;
use serde_json::{Value, json};

/// Argo CD's controller looks at an Application anew and takes the annotation away.
const REFRESH: &str = "argocd.argoproj.io/refresh";

/// Has Applications compared with their repositories anew.
pub(crate) fn refresh(cluster: &Cluster, params: &Argocd) -> Result<Value> {
    let applications = existing(cluster, params)?;
    let kind = if params.hard { "hard" } else { "normal" };
    for application in &applications {
        patch(cluster, params, name(application), &json!({ "metadata": { "annotations": { REFRESH: kind } } }))?;
    }
    let mut patience = Patience::of(params);
    loop {
        let found = wanted(cluster, params)?;
        let asked = |one: &&Value| applications.iter().any(|before| name(before) == name(one));
        let waiting: Vec<&str> =
            found.iter().filter(asked).filter(|one| one["metadata"]["annotations"].get(REFRESH).is_some()).map(name).collect();
        if waiting.is_empty() || infra::context::planning() {
            return Ok(json!(found.iter().map(Row::of).collect::<Vec<_>>()));
        }
        patience.pause(&format!("Argo CD has not refreshed {} yet", waiting.join(", ")))?;
    }
}
