use crate::{Kubernetes, reference};
use infra::kubernetes::{Cluster, LogLine, LogOptions, Logs};
use infra::{Result, Waitable, wait_any};
use serde_json::Value;

/// Shows logs, each line behind its pod and container.
pub(crate) fn logs(cluster: &Cluster, params: &Kubernetes) -> Result<Value> {
    let options = |kind: String, name: String| LogOptions {
        kind,
        name,
        namespace: params.namespace.clone(),
        labels: None,
        container: params.container.clone(),
        follow: params.follow,
        previous: params.previous,
        tail: params.tail,
        since_s: params.since,
        timestamps: params.timestamps,
    };
    let mut streams: Vec<Logs> = vec![];
    if let Some(labels) = &params.labels {
        streams.push(cluster.logs(&LogOptions { labels: Some(labels.clone()), ..options(String::new(), String::new()) })?);
    }
    for text in &params.targets {
        let target = reference::parse(text, None)?;
        streams.push(cluster.logs(&options(target.kind, target.name))?);
    }
    if streams.is_empty() {
        reference::one(params)?;
    }
    while !streams.is_empty() {
        let operations: Vec<&dyn Waitable> = streams.iter().map(|stream| stream as &dyn Waitable).collect();
        let mut ready = wait_any(&operations);
        ready.sort_unstable();
        for index in ready.into_iter().rev() {
            match streams[index].next()? {
                Some(line) => infra::ui::show(&shown(&line)),
                None => drop(streams.remove(index)),
            }
        }
    }
    Ok(Value::Null)
}

/// A line behind its pod and container.
pub(crate) fn shown(line: &LogLine) -> String {
    format!("{}/{} | {}", line.pod, line.container, line.text)
}
