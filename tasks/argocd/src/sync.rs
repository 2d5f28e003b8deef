use crate::applications::{existing, name, patch, wanted};
use crate::row::Row;
use crate::wait::{Patience, until_well};
use crate::{Argocd, said};
use infra::kubernetes::Cluster;
use infra::{Error, Result};
use infra_cluster::text;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Has Applications brought to their revisions, and waits until they are.
pub(crate) fn sync(cluster: &Cluster, params: &Argocd) -> Result<Value> {
    let applications = existing(cluster, params)?;
    if let Some(busy) = applications.iter().find(|application| is_under_way(application)) {
        return Err(Error::new("conflict", format!("an operation of {} is under way", name(busy)))
            .hint("wait for it: `action = \"wait\"`")
            .retryable());
    }
    let mut operation = json!({ "initiatedBy": { "username": "infra" }, "sync": { "syncStrategy": { "hook": {} } } });
    if params.prune {
        operation["sync"]["prune"] = json!(true);
    }
    if let Some(revision) = said(&params.revision) {
        operation["sync"]["revision"] = json!(revision);
    }
    let before: BTreeMap<&str, &str> =
        applications.iter().map(|one| (name(one), text(one, "/status/operationState/startedAt"))).collect();
    for one in before.keys() {
        patch(cluster, params, one, &json!({ "operation": operation }))?;
        infra::info!("{one} is being synced");
    }
    if infra::context::planning() {
        return Ok(json!(applications.iter().map(Row::of).collect::<Vec<_>>()));
    }
    let mut patience = Patience::of(params);
    loop {
        let found = wanted(cluster, params)?;
        let mut waiting = vec![];
        for application in found.iter().filter(|one| before.contains_key(name(one))) {
            let phase = text(application, "/status/operationState/phase");
            let begun = text(application, "/status/operationState/startedAt") != before[name(application)];
            if !begun || is_under_way(application) {
                waiting.push(name(application));
            } else if phase != "Succeeded" {
                return Err(failed(application));
            }
        }
        if waiting.is_empty() {
            break;
        }
        patience.pause(&format!("Argo CD has not synced {} yet", waiting.join(", ")))?;
    }
    match params.wait {
        true => until_well(cluster, params, patience),
        false => Ok(json!(wanted(cluster, params)?.iter().map(Row::of).collect::<Vec<_>>())),
    }
}

fn is_under_way(application: &Value) -> bool {
    let asked = application.get("operation").is_some_and(|operation| !operation.is_null());
    asked || ["Running", "Terminating"].contains(&text(application, "/status/operationState/phase"))
}

/// What Argo CD says of a sync that failed, and of each object that it could not apply.
fn failed(application: &Value) -> Error {
    let resources =
        application.pointer("/status/operationState/syncResult/resources").and_then(Value::as_array).into_iter().flatten();
    let wrong = resources
        .filter(|one| ["SyncFailed", "Failed", "Error"].contains(&text(one, "/status")) || text(one, "/hookPhase") == "Failed");
    let each: String =
        wrong.map(|one| format!("\n  {}/{}: {}", text(one, "/kind"), text(one, "/name"), text(one, "/message"))).collect();
    let message = text(application, "/status/operationState/message");
    Error::failed(format!("the sync of {} has failed: {message}{each}", name(application)))
        .hint("correct what it names in the repository, then sync again")
}
