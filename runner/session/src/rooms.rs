use crate::Global;
use crate::directories::{Directories, make_private};
use crate::error::SessionError;
use infra_effect::SecretDeclaration;
use infra_event::ExitCode;
use infra_gate::{Policy, PolicyError};
use infra_host::docker::{DockerHost, DockerSettings};
use infra_host::http::HttpHost;
use infra_host::kubernetes::{KubernetesHost, KubernetesSettings};
use infra_host::{CONTRACT, Host, Programs, ProjectPaths, Secrets, World};
use infra_infrafile::Infrafile;
use infra_sandbox::{Allocation, CodeCache, Sandbox};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// More steps than this are worth a pool of instances.
const POOL_FROM: usize = 8;

/// What the rooms must know of a project.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Site {
    /// Its root.
    pub root: PathBuf,
    /// Its name.
    pub project: String,
    /// Whether programs without full confinement are refused.
    pub sandbox_required: bool,
    /// The contexts that it protects.
    pub protect: Vec<infra_effect::TextPattern>,
    /// Those of them whose names were typed when the run started.
    pub confirmed: std::collections::BTreeSet<String>,
    /// Its Infrafiles, which no task may write.
    pub sources: Vec<PathBuf>,
    /// Its secrets: where they come from, never their texts.
    pub secrets: Vec<SecretDeclaration>,
}

impl From<&Infrafile> for Site {
    fn from(infrafile: &Infrafile) -> Self {
        Self {
            root: infrafile.root.clone(),
            project: infrafile.project.clone(),
            sandbox_required: infrafile.sandbox_required,
            protect: infrafile.protect.clone(),
            confirmed: std::collections::BTreeSet::new(),
            sources: infrafile.sources.0.iter().map(|source| infrafile.root.join(&source.path)).collect(),
            secrets: infrafile.secrets.clone(),
        }
    }
}

/// Opens the rooms that a run goes through: sandbox, host, and the world behind the gate.
pub(crate) fn open(infrafile: &Infrafile, directories: &Directories, steps: usize) -> Result<Host, SessionError> {
    open_site(&infrafile.into(), directories, steps)
}

/// As [`open`], of what is known of the project.
pub(crate) fn open_site(site: &Site, directories: &Directories, steps: usize) -> Result<Host, SessionError> {
    for directory in [&directories.cache, &directories.state, &directories.scratch()] {
        make_private(directory)?;
    }
    let allocation = if steps < POOL_FROM { Allocation::OnDemand } else { Allocation::Pooling };
    let failed = |error: infra_sandbox::SandboxError| SessionError::Failed {
        message: error.to_string(),
        hint: None,
        code: ExitCode::InputOutput,
    };
    let cache = CodeCache::open(&directories.compiled()).map_err(failed)?;
    let sandbox = Arc::new(Sandbox::new(allocation, CONTRACT, Some(cache)).map_err(failed)?);
    Ok(Host::new(sandbox, Arc::new(world(site, directories))))
}

fn world(site: &Site, directories: &Directories) -> World {
    let environment: std::collections::BTreeMap<String, String> =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect();
    let home = environment.get("HOME").map(Into::into);
    let root = &site.root;
    let own = ["infra.lock", ".env"].map(|name| root.join(name));
    let protected = directories.protected().into_iter().chain(own).chain(site.sources.clone());
    World {
        project: site.project.clone(),
        paths: Arc::new(ProjectPaths::new(root.clone(), home, protected)),
        docker: Arc::new(DockerHost::new(DockerSettings::from_environment())),
        kubernetes: Arc::new(KubernetesHost::new(KubernetesSettings::from_environment(&environment))),
        http: Arc::new(HttpHost::from_environment(&environment)),
        secrets: Arc::new(Secrets::new(site.secrets.clone())),
        programs: Programs::new(environment, directories.scratch(), infra_confine::support(), site.sandbox_required),
    }
}

/// The second key.
pub(crate) fn policy(global: &Global, directories: &Directories) -> Result<Policy, SessionError> {
    let (path, required) = match &global.policy {
        Some(path) => (crate::project::start(global)?.join(path), true),
        None => (directories.policy(), false),
    };
    let policy = Policy::load(&path, required).map_err(|error| {
        let hint = match error {
            PolicyError::Unreadable { .. } => {
                "correct `--policy`, or INFRA_POLICY; nothing runs without the policy that was named"
            }
            PolicyError::Invalid { .. } => {
                "it holds what an `allow` of an Infrafile holds: `process`, `files`, `docker`, `kubernetes`, `http`, `secrets`"
            }
        };
        SessionError::Failed {
            message: error.to_string().trim_end().to_owned(),
            hint: Some(hint.to_owned()),
            code: ExitCode::Infrafile,
        }
    })?;
    let home = std::env::var("HOME").ok().and_then(|home| std::fs::canonicalize(home).ok()?.into_os_string().into_string().ok());
    Ok(match home {
        Some(home) => policy.at_home(&home),
        None => policy,
    })
}
