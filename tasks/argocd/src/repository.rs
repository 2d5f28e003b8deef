use crate::root::apply;
use crate::{Argocd, said};
use infra::kubernetes::Cluster;
use infra::{Error, Result};
use serde_json::{Value, json};

/// The name of the Secret that describes a repository to Argo CD.
pub(crate) fn name(params: &Argocd) -> Result<String> {
    let name = said(&params.name).ok_or_else(|| Error::new("invalid", "`name` is missing").hint("give the repository a name"))?;
    Ok(format!("repository-{name}"))
}

/// Gives Argo CD access to a repository.
pub(crate) fn repository(cluster: &Cluster, params: &Argocd) -> Result<Value> {
    let url = said(&params.url).ok_or_else(|| Error::new("invalid", "`url` is missing").hint("say where the repository is"))?;
    let mut data = json!({ "type": "git", "url": url, "project": params.project });
    if let Some(username) = said(&params.username) {
        data["username"] = json!(username);
    }
    if let Some(file) = said(&params.password_file) {
        data["password"] = json!(infra::files::read_to_string(file)?.trim_end_matches(['\r', '\n']));
    }
    if let Some(file) = said(&params.ssh_key_file) {
        data["sshPrivateKey"] = json!(infra::files::read_to_string(file)?);
    }
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {
            "name": name(params)?, "namespace": params.namespace, "labels": { "argocd.argoproj.io/secret-type": "repository" },
        },
        "stringData": data,
    });
    apply(cluster, params, &secret)
}
