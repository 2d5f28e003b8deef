use crate::docker::DockerHost;
use crate::http::HttpHost;
use crate::kubernetes::KubernetesHost;
use crate::process::Scratches;
use crate::{ProjectPaths, Secrets};
use infra_confine::{Spawner, Support};
use infra_effect::Grants;
use infra_event::{ErrorCode, TaskError};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// What all steps of a run share.
#[derive(Debug)]
pub struct World {
    /// The project's name.
    pub project: String,
    /// The project's paths.
    pub paths: Arc<ProjectPaths>,
    /// The Docker daemon.
    pub docker: Arc<DockerHost>,
    /// The Kubernetes clusters.
    pub kubernetes: Arc<KubernetesHost>,
    /// Servers over HTTP.
    pub http: Arc<HttpHost>,
    /// The secrets of the project.
    pub secrets: Arc<Secrets>,
    /// What starts programs.
    pub programs: Programs,
}

impl World {
    /// Grants with the home directory in the place of each `~/`.
    #[must_use]
    pub fn at_home(&self, grants: &Grants) -> Grants {
        let home = self.programs.home.as_deref().and_then(std::path::Path::to_str);
        home.map_or_else(|| grants.clone(), |home| grants.clone().at_home(home))
    }
}

/// Starts programs, and knows what they get from the runner.
#[derive(Debug)]
pub struct Programs {
    /// The runner's own environment; grants pick from it.
    pub environment: BTreeMap<String, String>,
    /// The home directory, for patterns that start with `~/`.
    pub home: Option<PathBuf>,
    /// Where scratch directories of programs are made.
    pub scratch: PathBuf,
    /// What this kernel has for confining programs.
    pub support: Support,
    /// Refuse to start programs that cannot be confined in full.
    pub required: bool,
    /// The scratch directories.
    pub(crate) scratches: Scratches,
    /// Started with the first program.
    spawner: OnceLock<Result<Spawner, String>>,
}

impl Programs {
    /// Nothing is started yet.
    #[must_use]
    pub fn new(environment: BTreeMap<String, String>, scratch: PathBuf, support: Support, required: bool) -> Self {
        let home = environment.get("HOME").map(|home| std::fs::canonicalize(home).unwrap_or_else(|_| PathBuf::from(home)));
        let scratches = Scratches::new(scratch.clone());
        Self { environment, home, scratch, support, required, scratches, spawner: OnceLock::new() }
    }

    /// Starts the spawner before it is needed: forking is cheapest while the runner is small.
    ///
    /// # Errors
    /// When it does not start.
    pub fn spawner(&self) -> Result<&Spawner, TaskError> {
        self.spawner
            .get_or_init(|| Spawner::start().map_err(|error| error.to_string()))
            .as_ref()
            .map_err(|message| TaskError::new(ErrorCode::DEFECT, message.clone()))
    }

    /// The directories that programs are looked up in.
    #[must_use]
    pub fn path(&self) -> &str {
        self.environment.get("PATH").map_or("/usr/local/bin:/usr/bin:/bin", String::as_str)
    }
}
