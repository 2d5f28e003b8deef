use crate::Global;
use crate::components::{self, Components};
use crate::directories::Directories;
use crate::error::SessionError;
use crate::learning::Learning;
use crate::retention::retention;
use crate::rooms::Site;
use crate::service::Services;
use crate::words::Words;
use crate::{build_crates, preflight, project, rooms, secret_key};
use infra_event::RunId;
use infra_gate::Policy;
use infra_host::Host;
use infra_infrafile::Infrafile;
use infra_journal::{Journal, Opening};
use infra_plan::Plan;
use std::sync::Arc;

/// Everything that a run needs, checked, with nothing run yet.
pub(crate) struct Prepared {
    pub run: RunId,
    pub infrafile: Infrafile,
    pub plan: Arc<Plan>,
    pub directories: Directories,
    pub host: Host,
    pub policy: Policy,
    pub components: Components,
    /// Being opened since the plan was made; none where nothing is written down.
    pub journal: Option<Opening>,
}

/// What is made ready besides reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Crates may be built.
    Run,
    /// Nothing is built: a plan only reads.
    Plan,
}

/// Reads, plans, checks and loads. The task that is learned may do what it may, and what lies in the bound.
pub(crate) async fn prepare(
    global: &Global,
    words: &Words,
    purpose: Purpose,
    learning: Option<&Learning>,
) -> Result<Prepared, SessionError> {
    if words.tasks.is_empty() {
        return Err(SessionError::usage("no task is named", "`infra list` shows the tasks: `infra run TASK`"));
    }
    let mut infrafile = project::load(global, words.assignments.clone())?;
    if let Some(learning) = learning {
        learning.open(&mut infrafile);
    }
    let directories = Directories::find()?;
    secret_key::seal(&mut infrafile, &directories)?;
    let plan = infra_plan::build(&infrafile, &words.tasks)?;
    let policy = rooms::policy(global, &directories)?.protecting(&infrafile.protect);
    let host = rooms::open(&infrafile, &directories, plan.steps.len())?;
    preflight::preconditions(&host, &plan)?;
    let run = RunId::generate();
    let journal = if purpose == Purpose::Run {
        let opening = Journal::begin(&directories.journal(), run.clone(), &infrafile.root, retention()?);
        Some(opening.map_err(|error| SessionError::input_output(error.to_string()))?)
    } else {
        None
    };
    let sources = components::sources(&infrafile, &plan)?;
    if purpose == Purpose::Run {
        build_crates::build_stale(&host, sources.values()).await?;
    }
    let components = components::load(global, host.sandbox(), &sources).await?;
    let checked = preflight::Checked { host: &host, infrafile: &infrafile, components: &components, run: &run };
    preflight::grants(&checked, &plan, &policy, learning).await?;
    Ok(Prepared { run, infrafile, plan: Arc::new(plan), directories, host, policy, components, journal })
}

impl Prepared {
    /// What starts the services of the plan.
    pub(crate) fn services(&self, global: &Global) -> Result<Services, SessionError> {
        let policy = match &global.policy {
            Some(path) => Some(project::start(global)?.join(path)),
            None => None,
        };
        let site = Site { confirmed: self.policy.confirmations(), ..Site::from(&self.infrafile) };
        Ok(Services { site, policy, directories: self.directories.clone() })
    }
}
