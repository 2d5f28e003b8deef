use crate::{Kubernetes, reference};
use infra::kubernetes::{Cluster, ForwardOptions};
use infra::{Error, Result};
use serde_json::Value;

/// Forwards ports until the task ends. As a service it lives on after the run.
pub(crate) fn forward(cluster: &Cluster, params: &Kubernetes) -> Result<Value> {
    let target = reference::one(params)?;
    let ports: Vec<(u16, String)> = params.ports.iter().map(|text| pair(text)).collect::<Result<_>>()?;
    let options = ForwardOptions {
        kind: target.kind,
        namespace: target.namespace,
        name: target.name,
        address: Some(params.address.clone()),
        ports: ports.clone(),
    };
    let forward = cluster.port_forward(&options)?;
    for (local, (_, remote)) in forward.ports().iter().zip(&ports) {
        infra::ui::show(&format!("{}:{local} → {} {remote}", params.address, options.name));
    }
    while let Some(event) = forward.next()? {
        infra::warning!("{event}");
    }
    Ok(Value::Null)
}

/// `3000:80` is a port here and one there; `80` is both.
fn pair(text: &str) -> Result<(u16, String)> {
    let (local, remote) = text.split_once(':').unwrap_or((text, text));
    match local.parse() {
        Ok(local) if !remote.is_empty() => Ok((local, remote.to_owned())),
        _ => Err(Error::new("invalid", format!("`{text}` is no port"))
            .hint("write a port here and one there, as `3000:80` or `3000:http`")),
    }
}
