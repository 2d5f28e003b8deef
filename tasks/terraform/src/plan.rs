use crate::Terraform;
use crate::call::{command, ended, stream};
use crate::diagnostic::Diagnostics;
use infra::process::Destination;
use infra::ui::Progress;
use infra::{Error, Result};
use serde_json::{Value, json};

/// What would be done.
pub(crate) struct Planned {
    /// The result for people and for other tasks.
    pub(crate) told: Value,
    /// How many resources it is about.
    pub(crate) resources: u64,
    /// Whether anything would change, outputs included.
    pub(crate) changes: bool,
}

/// What all calls have that lock the state.
pub(crate) fn common(params: &Terraform, word: &str) -> Vec<String> {
    let mut words =
        vec![word.to_owned(), "-json".to_owned(), "-input=false".to_owned(), format!("-lock-timeout={}s", params.lock_timeout)];
    words.extend(params.parallelism.map(|most| format!("-parallelism={most}")));
    words
}

/// Plans, and keeps the plan.
pub(crate) fn plan(params: &Terraform, destroy: bool) -> Result<Planned> {
    let mut words = common(params, "plan");
    words.extend(["-detailed-exitcode".to_owned(), format!("-out={}", params.plan_file)]);
    words.extend(destroy.then(|| "-destroy".to_owned()));
    words.extend((!params.refresh).then(|| "-refresh=false".to_owned()));
    words.extend(params.var_files.iter().map(|file| format!("-var-file={file}")));
    words.extend(params.targets.iter().map(|target| format!("-target={target}")));
    let line = Progress::spinner("terraform plan");
    let (mut changes, mut counts) = (vec![], json!({}));
    let (status, diagnostics) = stream(params, &words, |told| match told["type"].as_str() {
        Some("planned_change") => {
            let (address, action) = (&told["change"]["resource"]["addr"], &told["change"]["action"]);
            infra::info!("{}: {}", address.as_str().unwrap_or_default(), action.as_str().unwrap_or_default());
            changes.push(json!({ "address": address, "action": action }));
        }
        Some("change_summary") => counts = told["changes"].clone(),
        Some("refresh_start") => {
            line.label(&format!("terraform plan: {}", told["hook"]["resource"]["addr"].as_str().unwrap_or_default()))
        }
        _ => {}
    })?;
    line.finish();
    let changed = match status.code {
        Some(0) => false,
        Some(2) => true,
        _ => return Err(diagnostics.hint(ended(params, "plan", status, &diagnostics.why()))),
    };
    let count = |key: &str| counts[key].as_u64().unwrap_or(0);
    let resources = count("add") + count("change") + count("remove") + count("import");
    let mut told = json!({
        "plan": params.plan_file, "changes": changed, "add": count("add"), "change": count("change"), "remove": count("remove"),
    });
    if !changes.is_empty() {
        told["resources"] = Value::Array(changes);
    }
    infra::info!("{} to add, {} to change, {} to remove", count("add"), count("change"), count("remove"));
    Ok(Planned { told, resources, changes: changed })
}

/// Checks the configuration by itself.
pub(crate) fn validate(params: &Terraform) -> Result<Value> {
    let mut command = command(params, &["validate", "-json"]);
    command.stdout = Destination::Task;
    let completed = command.complete()?;
    let told: Value = serde_json::from_slice(&completed.stdout)
        .map_err(|error| Error::new("invalid", format!("what terraform says is no JSON: {error}")))?;
    let mut diagnostics = Diagnostics::default();
    told["diagnostics"].as_array().into_iter().flatten().for_each(|one| diagnostics.add(one));
    match told["valid"] == true {
        true => Ok(json!({ "valid": true, "warnings": told["warning_count"] })),
        false => Err(ended(params, "validate", completed.status, &diagnostics.why())),
    }
}
