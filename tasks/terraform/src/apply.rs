use crate::call::{ended, stream};
use crate::outputs::outputs;
use crate::plan::{common, plan};
use crate::{Terraform, said};
use infra::Result;
use infra::ui::{Progress, Unit};
use serde_json::{Value, json};

/// Applies a plan: the one that was made before and looked at, else one that is made now.
pub(crate) fn apply(params: &Terraform, destroy: bool) -> Result<Value> {
    let word = if destroy { "destroy" } else { "apply" };
    let (file, total) = match said(&params.planned) {
        Some(file) => (file.to_owned(), None),
        None => {
            let planned = plan(params, destroy)?;
            if !planned.changes {
                return result(params, &json!({}), destroy);
            }
            (params.plan_file.clone(), Some(planned.resources))
        }
    };
    let mut words = common(params, "apply");
    words.push(file);
    let line = Progress::bar(&format!("terraform {word}"), total.unwrap_or(0), Unit::Items);
    let (mut planned, mut done, mut counts) = (0, 0, json!({}));
    let (status, diagnostics) = stream(params, &words, |told| {
        let address = told["hook"]["resource"]["addr"].as_str().unwrap_or_default();
        let message = told["@message"].as_str().unwrap_or_default();
        match told["type"].as_str() {
            Some("planned_change") => {
                planned += 1;
                line.total(Some(planned));
            }
            Some("apply_start") => line.label(&format!("terraform {word}: {address}")),
            Some("apply_complete") => {
                done += 1;
                line.position(done);
                infra::info!("{message}");
            }
            Some("apply_errored") => infra::error!("{message}"),
            Some("apply_progress" | "provision_progress") => infra::debug!("{message}"),
            Some("change_summary") => counts = told["changes"].clone(),
            _ => {}
        }
    })?;
    line.finish();
    if !status.success() {
        return Err(diagnostics.hint(ended(params, "apply", status, &diagnostics.why())));
    }
    result(params, &counts, destroy)
}

fn result(params: &Terraform, counts: &Value, destroy: bool) -> Result<Value> {
    let count = |key: &str| counts[key].as_u64().unwrap_or(0);
    let mut told = json!({ "added": count("add"), "changed": count("change"), "removed": count("remove") });
    infra::info!("{} added, {} changed, {} removed", count("add"), count("change"), count("remove"));
    if !destroy {
        told["outputs"] = outputs(params)?;
    }
    Ok(told)
}
