use super::connection::{Connection, Credentials};
use super::kubeconfig::Chosen;
use super::settings::KubernetesSettings;
use infra_event::TaskError;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The clusters of a run. Each is reached at its first use, once.
#[derive(Debug)]
pub struct KubernetesHost {
    settings: KubernetesSettings,
    connections: Mutex<HashMap<String, Arc<Connection>>>,
}

impl KubernetesHost {
    /// Nothing is reached yet.
    #[must_use]
    pub fn new(settings: KubernetesSettings) -> Self {
        Self { settings, connections: Mutex::default() }
    }

    /// What decides which clusters there are.
    #[must_use]
    pub const fn settings(&self) -> &KubernetesSettings {
        &self.settings
    }

    /// The cluster of a context, where it was reached and the credentials hold.
    pub(super) async fn known(&self, context: &str) -> Option<Arc<Connection>> {
        self.connections.lock().await.get(context).filter(|connection| !connection.expires()).cloned()
    }

    /// Reaches the cluster of a context.
    ///
    /// # Errors
    /// When the kubeconfig cannot be used, or the server does not answer.
    pub async fn reach(&self, chosen: Chosen, credentials: Option<Credentials>) -> Result<Arc<Connection>, TaskError> {
        let name = chosen.name.clone();
        let connection = Connection::open(&self.settings, chosen, credentials).await?;
        self.connections.lock().await.insert(name, Arc::clone(&connection));
        Ok(connection)
    }
}
