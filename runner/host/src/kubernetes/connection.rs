use super::api_error::kubernetes_error;
use super::kubeconfig::Chosen;
use super::request::Request;
use super::resource::Resource;
use super::settings::KubernetesSettings;
use infra_event::{ErrorCode, TaskError};
use jiff::Timestamp;
use kube::config::KubeConfigOptions;
use kube::{Client, Config};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long a server that is not there is looked for when its cluster is opened.
const FIRST: Duration = Duration::from_secs(5);

/// A cluster that was reached. The client renews what it can by itself; a plugin's credentials have an end.
pub struct Connection {
    pub(super) client: Client,
    /// The context's name.
    pub context: String,
    /// The context's namespace.
    pub namespace: String,
    /// What `/version` says.
    pub version: Value,
    /// When the credentials end.
    pub(super) until: Option<Timestamp>,
    /// The kinds of each version of a group that was asked for.
    pub(super) kinds: Mutex<HashMap<String, Arc<Vec<Resource>>>>,
}

/// Credentials that a plugin of the kubeconfig gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    pub(super) token: Option<String>,
    pub(super) certificate: Option<String>,
    pub(super) key: Option<String>,
    pub(super) until: Option<Timestamp>,
}

impl Connection {
    /// Connects and asks for the server's version.
    ///
    /// # Errors
    /// When the kubeconfig cannot be used, or the server does not answer.
    pub async fn open(
        settings: &KubernetesSettings,
        chosen: Chosen,
        credentials: Option<Credentials>,
    ) -> Result<Arc<Self>, TaskError> {
        let until = credentials.as_ref().and_then(|credentials| credentials.until);
        let context = chosen.name.clone();
        let config = config(settings, chosen, credentials).await?;
        let namespace = config.default_namespace.clone();
        let doing = format!("reach the cluster of the context `{context}`");
        let client = Client::try_from(config).map_err(|error| kubernetes_error(&context, &doing, &error))?;
        let mut connection = Self { client, context, namespace, version: Value::Null, until, kinds: Mutex::default() };
        let first = Arc::new(connection.clone_without_kinds());
        connection.version = first.send(&doing, &Request::get("/version"), Instant::now() + FIRST).await?;
        Ok(Arc::new(connection))
    }

    fn clone_without_kinds(&self) -> Self {
        Self {
            client: self.client.clone(),
            context: self.context.clone(),
            namespace: self.namespace.clone(),
            version: Value::Null,
            until: None,
            kinds: Mutex::default(),
        }
    }

    /// Whether the credentials are about to end.
    pub(super) fn expires(&self) -> bool {
        self.until.is_some_and(|until| until.as_second() <= Timestamp::now().as_second() + 60)
    }
}

async fn config(settings: &KubernetesSettings, chosen: Chosen, credentials: Option<Credentials>) -> Result<Config, TaskError> {
    let name = chosen.name.clone();
    let unusable = |cause: String| {
        TaskError::new(ErrorCode::INVALID, format!("the context `{name}` cannot be used: {cause}"))
            .hint("`kubectl config view --minify` shows it")
    };
    let user = chosen.user().cloned();
    let mut config = match chosen.kubeconfig {
        None => Config::incluster().map_err(|error| unusable(error.to_string()))?,
        Some(mut kubeconfig) => {
            // Plugins are programs: those run behind the gate, never here.
            for named in &mut kubeconfig.auth_infos {
                if let Some(info) = &mut named.auth_info {
                    info.exec = None;
                }
            }
            let own = kubeconfig.contexts.iter().find(|context| context.name == name).and_then(|named| named.context.as_ref());
            let cluster = own.map(|context| context.cluster.clone()).unwrap_or_default();
            let cluster = kubeconfig.clusters.iter().find(|named| named.name == cluster).and_then(|named| named.cluster.as_ref());
            let proxy = cluster.and_then(|cluster| cluster.proxy_url.clone()).filter(|proxy| !proxy.is_empty());
            let options = KubeConfigOptions { context: Some(name.clone()), ..KubeConfigOptions::default() };
            let mut config =
                Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| unusable(error.to_string()))?;
            let host = config.cluster_url.host().unwrap_or_default().to_owned();
            let proxy = proxy.as_deref().or_else(|| settings.proxy_for(&host));
            config.proxy_url = proxy
                .map(|proxy| proxy.parse().map_err(|error| unusable(format!("its proxy `{proxy}` is no address: {error}"))))
                .transpose()?;
            config
        }
    };
    if let Some(provider) = user.as_ref().and_then(|user| user.auth_provider.as_ref()) {
        let message =
            format!("the context `{name}` uses the authentication provider `{}`, which Kubernetes has given up", provider.name);
        return Err(TaskError::new(ErrorCode::UNSUPPORTED, message).hint("use an `exec` plugin, a token or a certificate"));
    }
    if let Some(Credentials { token, certificate, key, .. }) = credentials {
        let mut given = json!({});
        for (field, value) in [("token", token), ("client-certificate-data", certificate), ("client-key-data", key)] {
            if let Some(value) = value {
                given[field] = json!(value);
            }
        }
        let given: kube::config::AuthInfo =
            serde_json::from_value(given).map_err(|error| unusable(format!("its plugin's credentials: {error}")))?;
        config.auth_info.token = given.token.or(config.auth_info.token);
        config.auth_info.client_certificate_data = given.client_certificate_data.or(config.auth_info.client_certificate_data);
        config.auth_info.client_key_data = given.client_key_data.or(config.auth_info.client_key_data);
    }
    config.connect_timeout = Some(Duration::from_secs(10));
    // Each call has a deadline of its own.
    config.default_retry = false;
    Ok(config)
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("context", &self.context).finish_non_exhaustive()
    }
}
