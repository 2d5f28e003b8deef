use crate::{Kubernetes, reference};
use infra::files;
use infra::kubernetes::{Cluster, Exec, ExecCommand};
use infra::process::Output;
use infra::{Error, Result};
use serde_json::{Value, json};

/// Writes so many bytes of its input into a file, beside it first: a copy that breaks leaves the old file.
const WRITE: &str = r#"set -e; head -c "$1" > "$2.partial"; [ "$(wc -c < "$2.partial")" -eq "$1" ]; mv "$2.partial" "$2""#;

/// Copies a file into a container or out of it.
pub(crate) fn copy(cluster: &Cluster, params: &Kubernetes) -> Result<Value> {
    let (Some(from), Some(to)) = (&params.from, &params.to) else {
        return Err(
            Error::new("invalid", "`from` or `to` is missing").hint("name a file here, and one in the container as `:/PATH`")
        );
    };
    let bytes = match (from.strip_prefix(':'), to.strip_prefix(':')) {
        (Some(remote), None) => fetch(cluster, params, remote, to)?,
        (None, Some(remote)) => send(cluster, params, from, remote)?,
        _ => return Err(Error::new("invalid", "one of `from` and `to` is in the container, as `:/PATH`, the other here")),
    };
    Ok(json!({ "bytes": bytes }))
}

fn start(cluster: &Cluster, params: &Kubernetes, args: &[&str], input: bool) -> Result<Exec> {
    let target = reference::one(params)?;
    cluster.exec(&ExecCommand {
        kind: target.kind,
        namespace: target.namespace,
        name: target.name,
        container: params.container.clone(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        input,
    })
}

fn fetch(cluster: &Cluster, params: &Kubernetes, remote: &str, local: &str) -> Result<usize> {
    let content = finish(&start(cluster, params, &["cat", remote], false)?, &format!("read {remote}"))?;
    files::write(local, &content)?;
    Ok(content.len())
}

fn send(cluster: &Cluster, params: &Kubernetes, local: &str, remote: &str) -> Result<usize> {
    let content = files::read(local)?;
    // Not every server can end the input, so the container is told how much there is.
    let size = content.len().to_string();
    let exec = start(cluster, params, &["sh", "-c", WRITE, "sh", &size, remote], true)?;
    exec.write_input(&content)?;
    finish(&exec, &format!("write {remote}"))?;
    Ok(content.len())
}

fn finish(exec: &Exec, doing: &str) -> Result<Vec<u8>> {
    let (mut stdout, mut stderr) = (vec![], vec![]);
    while let Some(output) = exec.next_output()? {
        match output {
            Output::Stdout(bytes) => stdout.extend(bytes),
            Output::Stderr(bytes) => stderr.extend(bytes),
        }
    }
    match exec.wait()?.code {
        Some(0) => Ok(stdout),
        _ => Err(Error::failed(format!("cannot {doing} in the container: {}", String::from_utf8_lossy(&stderr).trim()))),
    }
}
