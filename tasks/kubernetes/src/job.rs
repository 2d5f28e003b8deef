use crate::Kubernetes;
use crate::logs::shown;
use infra::kubernetes::Cluster;
use infra::{Error, Result};
use serde_json::{Value, json};

/// Runs an image as a job, shows what it writes, and cleans it up.
pub(crate) fn run(cluster: &Cluster, params: &Kubernetes, timeout_ms: u64) -> Result<Value> {
    let Some(image) = &params.image else {
        return Err(Error::new("invalid", "`image` is missing").hint("name the image that runs, as `image = \"busybox:1.36\"`"));
    };
    let name = match params.targets.as_slice() {
        [] => format!("run-{}", infra::context::run_id().to_lowercase().replace(['_', ' '], "-")),
        [name] => name.strip_prefix("job/").unwrap_or(name).to_owned(),
        _ => return Err(Error::new("invalid", "a run has one name").hint("name one, as `targets = [\"job/migrate\"]`")),
    };
    let env: Vec<Value> = params.env.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let mut container = json!({ "name": "main", "image": image, "env": env });
    if !params.command.is_empty() {
        container["command"] = json!(params.command);
    }
    let job = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": name },
        "spec": { "backoffLimit": 0, "template": { "spec": { "restartPolicy": "Never", "containers": [container] } } },
    });
    let running = cluster.run_job(&job, params.namespace.as_deref(), timeout_ms)?;
    let mut lines = vec![];
    while let Some(line) = running.next()? {
        infra::ui::show(&shown(&line));
        lines.push(line.text);
    }
    Ok(json!({ "job": name, "stdout": lines.join("\n") }))
}
