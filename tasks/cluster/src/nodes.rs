use crate::Cluster;
use infra::kubernetes::{self, Condition, Selection, Target};
use infra::{Error, Result};
use infra_cluster::watch;

/// Waits for the nodes of a context; its name, and how many there are.
pub(crate) fn ready(params: &Cluster, context: Option<&str>) -> Result<(String, usize)> {
    let cluster = kubernetes::open(context)?;
    let selection = Selection { api_version: Some("v1".to_owned()), kind: "Node".to_owned(), ..Selection::default() };
    let nodes: Vec<Target> = cluster.list(&selection)?.iter().map(Target::of).collect();
    if nodes.is_empty() && params.wait {
        return Err(Error::new("unavailable", format!("the cluster of the context `{}` has no node", cluster.context()))
            .hint("look whether its nodes have joined it"));
    }
    if params.wait {
        watch(&cluster, &nodes, &Condition::Ready, u64::from(params.timeout) * 1000)?;
    }
    Ok((cluster.context(), nodes.len()))
}
