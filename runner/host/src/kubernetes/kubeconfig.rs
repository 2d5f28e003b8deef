use super::settings::KubernetesSettings;
use infra_event::{ErrorCode, TaskError};
use kube::config::{AuthInfo, Kubeconfig};

/// The name of the context of a runner in a pod.
pub(super) const IN_CLUSTER: &str = "in-cluster";

/// A context that was chosen, before anything is asked of its cluster.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Its name.
    pub name: String,
    /// Where it stands; none in a pod.
    pub(super) kubeconfig: Option<Kubeconfig>,
}

impl KubernetesSettings {
    /// All kubeconfigs as one, as kubectl merges them: the first to say something wins. Files that are not there are left out.
    ///
    /// # Errors
    /// When one is there and cannot be used.
    pub fn kubeconfig(&self) -> Result<Option<Kubeconfig>, TaskError> {
        let mut merged: Option<Kubeconfig> = None;
        for path in self.kubeconfigs.iter().filter(|path| path.exists()) {
            let failed = |error: kube::config::KubeconfigError| {
                TaskError::new(ErrorCode::INVALID, format!("the kubeconfig {} cannot be used: {error}", path.display()))
                    .hint("`kubectl config view` shows what kubectl makes of it")
            };
            let read = Kubeconfig::read_from(path).map_err(failed)?;
            merged = Some(match merged {
                Some(merged) => merged.merge(read).map_err(failed)?,
                None => read,
            });
        }
        Ok(merged)
    }

    /// The names of all contexts.
    ///
    /// # Errors
    /// When a kubeconfig is there and cannot be used.
    pub fn contexts(&self) -> Result<Vec<String>, TaskError> {
        let kubeconfig = self.kubeconfig()?.unwrap_or_default();
        let own = self.in_cluster.then(|| IN_CLUSTER.to_owned());
        Ok(kubeconfig.contexts.into_iter().map(|context| context.name).chain(own).collect())
    }

    /// Chooses a context by its name, else the current one, else the cluster that this pod is in.
    ///
    /// # Errors
    /// When there is no such context, or none at all.
    pub fn choose(&self, wanted: Option<&str>) -> Result<Chosen, TaskError> {
        let kubeconfig = self.kubeconfig()?;
        let has = |name: &str| kubeconfig.as_ref().is_some_and(|all| all.contexts.iter().any(|context| context.name == name));
        let name = match wanted {
            Some(name) => name.to_owned(),
            None => match kubeconfig.as_ref().and_then(|all| all.current_context.clone()).filter(|name| !name.is_empty()) {
                Some(current) => current,
                None if self.in_cluster => IN_CLUSTER.to_owned(),
                None => return Err(self.none(kubeconfig.as_ref())),
            },
        };
        if has(&name) {
            return Ok(Chosen { name, kubeconfig });
        }
        if name == IN_CLUSTER && self.in_cluster {
            return Ok(Chosen { name, kubeconfig: None });
        }
        let known: Vec<String> = self.contexts()?.iter().map(|name| format!("`{name}`")).collect();
        let hint = match known.as_slice() {
            [] => "there is none at all; set KUBECONFIG, or make one with your cluster's own tool".to_owned(),
            known => format!("there are {}", known.join(", ")),
        };
        Err(TaskError::new(ErrorCode::NOT_FOUND, format!("there is no context `{name}`")).hint(hint))
    }

    fn none(&self, kubeconfig: Option<&Kubeconfig>) -> TaskError {
        if kubeconfig.is_some_and(|all| !all.contexts.is_empty()) {
            return TaskError::new(ErrorCode::NOT_FOUND, "no context is the current one")
                .hint("name one, or choose it with `kubectl config use-context NAME`");
        }
        let looked: Vec<String> = self.kubeconfigs.iter().map(|path| path.display().to_string()).collect();
        TaskError::new(ErrorCode::UNAVAILABLE, format!("there is no kubeconfig: {}", looked.join(", ")))
            .hint("set KUBECONFIG, or bring a cluster up: `k3d cluster create`, `kind create cluster`")
    }
}

impl Chosen {
    /// Whether a program gives the credentials of the context's user.
    pub(super) fn has_plugin(&self) -> bool {
        self.user().is_some_and(|user| user.exec.is_some())
    }

    /// How the context's user says who they are.
    pub(super) fn user(&self) -> Option<&AuthInfo> {
        let all = self.kubeconfig.as_ref()?;
        let context = all.contexts.iter().find(|context| context.name == self.name)?.context.as_ref()?;
        let user = context.user.as_ref()?;
        all.auth_infos.iter().find(|info| info.name == *user)?.auth_info.as_ref()
    }
}
