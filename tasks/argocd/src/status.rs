use crate::applications::{all, existing};
use crate::row::Row;
use crate::{Argocd, KINDS};
use infra::kubernetes::Cluster;
use infra::{Error, Result};
use serde_json::{Value, json};

/// Tells how everything is; an error where something is not well.
pub(crate) fn status(cluster: &Cluster, params: &Argocd) -> Result<Value> {
    let rows = match params.names.is_empty() {
        true => {
            let mut rows = vec![];
            for kind in KINDS {
                rows.extend(all(cluster, params, kind)?.iter().map(Row::of));
            }
            rows
        }
        false => existing(cluster, params)?.iter().map(Row::of).collect(),
    };
    judge(rows)
}

/// The rows as a result, or with the error that some are not well.
fn judge(rows: Vec<Row>) -> Result<Value> {
    let troubles: Vec<String> = rows.iter().filter_map(Row::trouble).collect();
    let table = json!(rows);
    if troubles.is_empty() {
        return Ok(table);
    }
    if infra::context::planning() {
        // What runs before may change it.
        return Err(Error::new("unknown-until-applied", "how the applications are is known when it runs"));
    }
    for trouble in &troubles {
        infra::warning!("{trouble}");
    }
    let message = format!("{} of {} are not well: {}", troubles.len(), rows.len(), troubles.join("; "));
    Err(Error::failed(message)
        .hint("`action = \"sync\"` brings an Application to its revision, `action = \"wait\"` waits for it")
        .details(json!({ "result": table })))
}
