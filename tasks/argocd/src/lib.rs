//! `std/argocd`: how Argo CD's applications are, and what is asked of it. It speaks with the API of the cluster; no `argocd` is needed.

mod applications;
mod install;
mod refresh;
mod repository;
mod root;
mod row;
mod status;
mod sync;
mod wait;

use infra::kubernetes;
use infra::{Grants, Params, Result};
use serde_json::{Value, json};

/// What to do.
#[derive(Params)]
struct Argocd {
    /// What to do. `status` tells how everything is and fails where something is not well; `root` makes the application that brings the
    /// others; `repository` gives Argo CD access to one.
    #[param(default = "status", choices("status", "wait", "refresh", "sync", "install", "root", "repository"))]
    action: String,
    /// The context of the kubeconfig; the current one where nothing is said.
    context: Option<String>,
    /// Argo CD's own namespace.
    #[param(default = "argocd")]
    namespace: String,
    /// Only these Applications (status, wait, refresh, sync); all where nothing is said.
    #[param(default = Vec::<String>::new())]
    names: Vec<String>,
    /// How long all of it may take, in seconds.
    #[param(default = 300_u32)]
    timeout: u32,
    /// Wait until it is synced and healthy (sync), or ready (install).
    #[param(default = true)]
    wait: bool,
    /// Make the manifests anew instead of taking them from the cache (refresh).
    #[param(default = false)]
    hard: bool,
    /// Delete what is not in the repository any more (sync, root).
    #[param(default = false)]
    prune: bool,
    /// The revision (sync, root); the one of the Application, or `HEAD`, where nothing is said.
    revision: Option<String>,
    /// The manifests of Argo CD: files and patterns of files (install).
    #[param(default = Vec::<String>::new())]
    files: Vec<String>,
    /// The name of the Application (root; `root` where nothing is said) or of the repository.
    name: Option<String>,
    /// Where the repository is (root, repository).
    url: Option<String>,
    /// The directory of the repository that holds the Applications (root).
    path: Option<String>,
    /// The AppProject (root, repository).
    #[param(default = "default")]
    project: String,
    /// The cluster that the Applications are made in (root).
    #[param(default = "https://kubernetes.default.svc")]
    destination: String,
    /// Argo CD syncs by itself (root).
    #[param(default = true)]
    automated: bool,
    /// The user of the repository (repository).
    username: Option<String>,
    /// The file with the user's password or token (repository).
    password_file: Option<String>,
    /// The file with the private key for SSH (repository).
    ssh_key_file: Option<String>,
}

/// The kinds of Argo CD.
const KINDS: [&str; 3] = ["Application", "ApplicationSet", "AppProject"];

fn requires(params: &Argocd) -> Result<Grants> {
    let applications = json!(["Application.argoproj.io"]);
    let all: Vec<String> = KINDS.iter().map(|kind| format!("{kind}.argoproj.io")).collect();
    let mut grant = match params.action.as_str() {
        "status" => json!({ "kinds": all, "verbs": ["get"] }),
        "wait" => json!({ "kinds": applications, "verbs": ["get"] }),
        "refresh" | "sync" => json!({ "kinds": applications, "verbs": ["get", "patch"] }),
        "install" if params.wait => json!({ "cluster": ["Namespace"], "verbs": ["apply", "wait"] }),
        "install" => json!({ "cluster": ["Namespace"], "verbs": ["apply"] }),
        "root" => json!({ "kinds": applications, "verbs": ["apply"] }),
        _ => json!({ "kinds": ["Secret"], "secrets": [repository::name(params)?], "verbs": ["apply"] }),
    };
    grant["namespaces"] = json!([params.namespace]);
    if let Some(context) = said(&params.context) {
        grant["contexts"] = json!([context]);
    }
    let files = match params.action.as_str() {
        "install" => params.files.clone(),
        "repository" => [&params.password_file, &params.ssh_key_file].into_iter().flatten().cloned().collect(),
        _ => vec![],
    };
    Ok(files.iter().fold(Grants::new().kubernetes(grant), |grants, file| grants.read(file)))
}

/// A parameter that is empty says nothing.
fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// Tells how Argo CD's Applications, ApplicationSets and AppProjects are, waits for them, refreshes and syncs them; installs Argo CD.
#[infra::task(requires = requires)]
fn argocd(params: Argocd) -> Result<Value> {
    let cluster = kubernetes::open(said(&params.context))?;
    match params.action.as_str() {
        "status" => status::status(&cluster, &params),
        "wait" => wait::wait(&cluster, &params),
        "refresh" => refresh::refresh(&cluster, &params),
        "sync" => sync::sync(&cluster, &params),
        "install" => install::install(&cluster, &params),
        "root" => root::root(&cluster, &params),
        _ => repository::repository(&cluster, &params),
    }
}

#[cfg(test)]
mod tests;
