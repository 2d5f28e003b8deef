//! A kubeconfig for a program: the one context that was granted, with what it takes to use it and nothing else.

use super::connection::Credentials;
use super::kubeconfig::Chosen;
use crate::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use infra_effect::{Effect, EffectKind, KubernetesEffect, KubernetesObject, KubernetesVerb};
use infra_event::{ErrorCode, TaskError};
use infra_gate::Decision;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// Where a pod has what its service account may use.
const POD: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

impl State {
    /// The text of a kubeconfig with one context, where handing it to a program is granted.
    pub(crate) async fn made_kubeconfig(&mut self, context: &str) -> Result<String, TaskError> {
        let host = Arc::clone(self.kubernetes());
        let chosen = host.settings().choose(Some(context).filter(|context| !context.is_empty()))?;
        let effect = KubernetesEffect {
            verb: KubernetesVerb::Program,
            context: chosen.name.clone(),
            object: KubernetesObject::default(),
            contents: false,
            port: None,
            command: vec![],
            note: "a kubeconfig for a program".to_owned(),
        };
        let permit = match self.gate().admit(Effect::Kubernetes { kind: EffectKind::KubernetesConnect, effect }).await? {
            Decision::Perform(permit) => permit,
            Decision::Simulate(simulated) => return Err(simulated.unknown()),
        };
        let credentials = match self.plugin_credentials(&chosen).await {
            Ok(credentials) => credentials,
            Err(error) => return permit.end(Err(error)),
        };
        let made = permit.end(alone(&chosen, credentials))?;
        let user = &made["users"][0]["user"];
        for secret in ["token", "client-key-data", "password"].iter().filter_map(|key| user[*key].as_str()) {
            self.gate().gate().masker().add(secret);
        }
        Ok(made.to_string())
    }
}

/// The context with its cluster and its user; what stands in files is taken in.
fn alone(chosen: &Chosen, credentials: Option<Credentials>) -> Result<Value, TaskError> {
    let (mut cluster, mut user, namespace) = match &chosen.kubeconfig {
        None => in_pod()?,
        Some(all) => {
            let context = all.contexts.iter().find(|one| one.name == chosen.name).and_then(|one| one.context.as_ref());
            let name = context.map(|context| context.cluster.as_str()).unwrap_or_default();
            let cluster = all.clusters.iter().find(|one| one.name == name).and_then(|one| one.cluster.as_ref());
            let cluster = cluster.map(serde_json::to_value).transpose().ok().flatten().unwrap_or_else(|| json!({}));
            let user = chosen.user().map(serde_json::to_value).transpose().ok().flatten().unwrap_or_else(|| json!({}));
            (cluster, user, context.and_then(|context| context.namespace.clone()))
        }
    };
    take_in(&mut cluster, "certificate-authority", "certificate-authority-data")?;
    for key in ["client-certificate", "client-key"] {
        take_in(&mut user, key, &format!("{key}-data"))?;
    }
    if let Some(file) = taken(&mut user, "tokenFile") {
        user["token"] = json!(String::from_utf8_lossy(&read(&file)?).trim());
    }
    // A plugin has run already.
    taken(&mut user, "exec");
    if let Some(credentials) = credentials {
        let given = [
            ("token", credentials.token),
            ("client-certificate-data", credentials.certificate),
            ("client-key-data", credentials.key),
        ];
        for (key, value) in given.into_iter().filter_map(|(key, value)| Some((key, value?))) {
            user[key] = json!(value);
        }
    }
    let mut context = json!({ "cluster": "cluster", "user": "user" });
    if let Some(namespace) = namespace {
        context["namespace"] = json!(namespace);
    }
    Ok(json!({
        "apiVersion": "v1", "kind": "Config", "current-context": chosen.name,
        "clusters": [{ "name": "cluster", "cluster": cluster }],
        "users": [{ "name": "user", "user": user }],
        "contexts": [{ "name": chosen.name, "context": context }],
    }))
}

fn in_pod() -> Result<(Value, Value, Option<String>), TaskError> {
    let of = |name: &str| std::env::var(name).unwrap_or_default();
    let server = format!("https://{}:{}", of("KUBERNETES_SERVICE_HOST"), of("KUBERNETES_SERVICE_PORT"));
    let cluster = json!({ "server": server, "certificate-authority": format!("{POD}/ca.crt") });
    let namespace = std::fs::read_to_string(format!("{POD}/namespace")).ok();
    Ok((cluster, json!({ "tokenFile": format!("{POD}/token") }), namespace.map(|text| text.trim().to_owned())))
}

/// Takes a text out of an object.
fn taken(object: &mut Value, key: &str) -> Option<String> {
    let value = object.as_object_mut()?.remove(key)?;
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Puts the content of a file in the place of its path.
fn take_in(object: &mut Value, key: &str, data: &str) -> Result<(), TaskError> {
    let Some(file) = taken(object, key) else { return Ok(()) };
    // As in kubectl, data that stands there itself wins.
    if object[data].as_str().is_none_or(str::is_empty) {
        object[data] = json!(STANDARD.encode(read(&file)?));
    }
    Ok(())
}

fn read(file: &str) -> Result<Vec<u8>, TaskError> {
    std::fs::read(Path::new(file)).map_err(|error| {
        TaskError::new(ErrorCode::INVALID, format!("{file}, which the kubeconfig names, cannot be read: {error}"))
            .hint("correct the kubeconfig, or make the file again")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::KubernetesSettings;

    #[test]
    fn one_context_stands_alone_with_what_was_in_files() {
        let directory = tempfile::tempdir().unwrap();
        for (name, content) in [("ca.crt", "authority"), ("me.crt", "certificate"), ("me.key", "key")] {
            std::fs::write(directory.path().join(name), content).unwrap();
        }
        let text = "current-context: dev
contexts: [{name: dev, context: {cluster: c, user: me, namespace: shop}}, {name: prod, context: {cluster: p, user: admin}}]
clusters: [{name: c, cluster: {server: 'https://a:1', certificate-authority: ca.crt}}, {name: p, cluster: {server: 'https://prod:1'}}]
users: [{name: me, user: {client-certificate: me.crt, client-key: me.key}}, {name: admin, user: {token: hunter2}}]
";
        std::fs::write(directory.path().join("config"), text).unwrap();
        let settings = KubernetesSettings { kubeconfigs: vec![directory.path().join("config")], ..KubernetesSettings::default() };
        let made = alone(&settings.choose(Some("dev")).unwrap(), None).unwrap();
        assert_eq!(made["current-context"], "dev");
        assert_eq!(
            made["contexts"],
            json!([{ "name": "dev", "context": { "cluster": "cluster", "user": "user", "namespace": "shop" } }])
        );
        let cluster = &made["clusters"][0]["cluster"];
        assert_eq!((&cluster["server"], &cluster["certificate-authority-data"]), (&json!("https://a:1"), &json!("YXV0aG9yaXR5")));
        let user = &made["users"][0]["user"];
        assert_eq!((&user["client-certificate-data"], &user["client-key-data"]), (&json!("Y2VydGlmaWNhdGU="), &json!("a2V5")));
        let shown = made.to_string();
        assert!(!shown.contains("prod") && !shown.contains("hunter2") && !shown.contains("me.key"), "{shown}");

        let plugin = Credentials { token: Some("given".to_owned()), ..Credentials::default() };
        let made = alone(&settings.choose(Some("prod")).unwrap(), Some(plugin)).unwrap();
        assert_eq!(made["users"][0]["user"]["token"], "given");
        std::fs::remove_file(directory.path().join("ca.crt")).unwrap();
        assert!(alone(&settings.choose(Some("dev")).unwrap(), None).unwrap_err().message.contains("ca.crt"));
    }
}
