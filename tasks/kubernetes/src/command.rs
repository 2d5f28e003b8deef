use crate::{Kubernetes, reference};
use infra::kubernetes::{Cluster, ExecCommand};
use infra::process::Output;
use infra::{Error, Result};
use serde_json::{Value, json};

/// Runs a command in a container; what it writes is shown line by line.
pub(crate) fn exec(cluster: &Cluster, params: &Kubernetes) -> Result<Value> {
    let target = reference::one(params)?;
    let command = ExecCommand {
        kind: target.kind,
        namespace: target.namespace,
        name: target.name,
        container: params.container.clone(),
        args: params.command.clone(),
        input: false,
    };
    let exec = cluster.exec(&command)?;
    let mut stdout = vec![];
    let mut rest = vec![];
    while let Some(output) = exec.next_output()? {
        let (Output::Stdout(bytes) | Output::Stderr(bytes)) = &output;
        rest.extend_from_slice(bytes);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            infra::ui::show(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']));
        }
        if let Output::Stdout(bytes) = output {
            stdout.extend(bytes);
        }
    }
    if !rest.is_empty() {
        infra::ui::show(&String::from_utf8_lossy(&rest));
    }
    let status = exec.wait()?;
    match status.code {
        Some(0) => Ok(json!({ "stdout": String::from_utf8_lossy(&stdout), "exit_code": 0 })),
        code => {
            let code = code.unwrap_or(-1);
            Err(Error::failed(format!("`{}` ended with exit code {code}", params.command.join(" ")))
                .details(json!({ "exit_code": code })))
        }
    }
}
