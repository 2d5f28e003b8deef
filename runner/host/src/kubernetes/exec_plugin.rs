use super::connection::Credentials;
use super::kubeconfig::Chosen;
use crate::State;
use crate::bindings::infra::task::process::{Command, Destination};
use infra_event::{ErrorCode, TaskError};
use jiff::Timestamp;
use kube::config::ExecConfig;
use serde_json::{Value, json};

impl State {
    /// The credentials of a context whose user has a plugin. It is a program like any other: granted, confined and recorded.
    pub(super) async fn plugin_credentials(&mut self, chosen: &Chosen) -> Result<Option<Credentials>, TaskError> {
        let Some(plugin) = chosen.user().and_then(|user| user.exec.clone()) else { return Ok(None) };
        let command = command(&plugin, &chosen.name)?;
        let program = command.program.clone();
        let completed = self.complete(command).await.map_err(|error| match &plugin.install_hint {
            Some(hint) if error.code == ErrorCode::NOT_FOUND => error.hint(hint.clone()),
            _ => error,
        })?;
        if completed.status.code != Some(0) {
            let said = String::from_utf8_lossy(&completed.stderr).trim().to_owned();
            return Err(TaskError::new(
                ErrorCode::FAILED,
                format!("`{program}`, which gives the credentials of the context `{}`, failed: {said}", chosen.name),
            )
            .hint("run it by hand; a login may have expired"));
        }
        let answer: Value = serde_json::from_slice(&completed.stdout).unwrap_or_default();
        let credentials = read(&answer).ok_or_else(|| {
            TaskError::new(ErrorCode::FAILED, format!("what `{program}` prints are no credentials"))
                .hint("it must print an ExecCredential")
        })?;
        for secret in [&credentials.token, &credentials.key].into_iter().flatten() {
            self.gate().gate().masker().add(secret);
        }
        Ok(Some(credentials))
    }
}

fn command(plugin: &ExecConfig, context: &str) -> Result<Command, TaskError> {
    let Some(program) = plugin.command.clone().filter(|program| !program.is_empty()) else {
        return Err(TaskError::new(
            ErrorCode::INVALID,
            format!("the user of the context `{context}` has a plugin without a command"),
        )
        .hint("correct the kubeconfig"));
    };
    let api_version = plugin.api_version.clone().unwrap_or_else(|| "client.authentication.k8s.io/v1".to_owned());
    let info = json!({ "apiVersion": api_version, "kind": "ExecCredential", "spec": { "interactive": false } });
    let own = plugin.env.iter().flatten().filter_map(|entry| Some((entry.get("name")?.clone(), entry.get("value")?.clone())));
    Ok(Command {
        program,
        args: plugin.args.clone().unwrap_or_default(),
        env: own.chain([("KUBERNETES_EXEC_INFO".to_owned(), info.to_string())]).collect(),
        dir: None,
        stdout: Destination::Task,
        stderr: Destination::Task,
        input: false,
        interactive: false,
        options: None,
    })
}

fn read(answer: &Value) -> Option<Credentials> {
    use base64::Engine as _;
    let status = &answer["status"];
    let text = |key: &str| status[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    // A kubeconfig holds them in base64, a plugin prints them plainly.
    let encoded = |key: &str| text(key).map(|text| base64::engine::general_purpose::STANDARD.encode(text));
    let credentials = Credentials {
        token: text("token"),
        certificate: encoded("clientCertificateData"),
        key: encoded("clientKeyData"),
        until: text("expirationTimestamp").and_then(|time| time.parse::<Timestamp>().ok()),
    };
    (credentials.token.is_some() || credentials.certificate.is_some()).then_some(credentials)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plugin_prints_is_read() {
        let answer = json!({ "status": { "token": "t0ken", "expirationTimestamp": "2026-01-31T12:00:00Z" } });
        let found = read(&answer).unwrap();
        assert_eq!((found.token.as_deref(), found.until.map(|until| until.as_second())), (Some("t0ken"), Some(1_769_860_800)));
        assert_eq!(read(&json!({ "status": {} })), None);
        assert_eq!(read(&Value::Null), None);
    }
}
