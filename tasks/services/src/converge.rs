//! Brings the container of one service to what the files say.

use crate::config_hash::config_hash;
use crate::container::body;
use crate::labels;
use crate::need::{Need, need, resolved};
use crate::observed::Container;
use crate::project::Project;
use crate::service::Service;
use infra::docker::{self, ContainerWait};
use infra::ui::Progress;
use infra::{Error, Result};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// A run over a project's services.
pub(crate) struct Converge<'a> {
    pub(crate) project: &'a Project,
    pub(crate) observed: BTreeMap<String, Container>,
    /// Volumes without a name, by service and target, that outlive a container which is made anew.
    inherited: BTreeMap<String, BTreeMap<String, String>>,
    /// Services whose container was made in this run.
    pub(crate) made: BTreeSet<String>,
    /// Services that are made anew although nothing changed.
    pub(crate) forced: BTreeSet<String>,
    timeout_ms: u64,
}

/// What a service waits for after its container was looked after.
pub(crate) struct Waiting {
    pub(crate) operation: ContainerWait,
    pub(crate) bar: Progress,
    /// What comes when the operation has ended.
    pub(crate) then: Then,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// It is ready.
    Ready,
    /// It has stopped, and is made anew.
    Recreate,
    /// It has stopped, and starts again.
    Start,
}

impl<'a> Converge<'a> {
    pub(crate) fn new(project: &'a Project, observed: BTreeMap<String, Container>, timeout_ms: u64) -> Self {
        let inherited = observed.iter().map(|(service, container)| (service.clone(), container.anonymous_volumes())).collect();
        Self { project, observed, inherited, made: BTreeSet::new(), forced: BTreeSet::new(), timeout_ms }
    }

    /// Whether others wait for the end of the service.
    pub(crate) fn ends(&self, service: &Service) -> bool {
        self.project.services.values().any(|other| other.waits_for_end_of(&service.name))
    }

    /// What the service's container needs.
    pub(crate) fn need(&self, service: &Service) -> Result<Need> {
        let service = resolved(service, &self.observed);
        let container = self.observed.get(&service.name);
        let needed = need(self.project, &service, container, self.ends(&service))?;
        let forced = container.is_some() && self.forced.contains(&service.name) && !self.made.contains(&service.name);
        Ok(if forced { Need::Recreate("it is ill") } else { needed })
    }

    /// Makes, makes anew or starts the container; nothing to wait for where it has ended well.
    pub(crate) fn converge(&mut self, service: &Service) -> Result<Option<Waiting>> {
        let name = service.container(&self.project.name);
        let bar = Progress::spinner(&format!("{}: create", service.name));
        match self.need(service)? {
            Need::Nothing if self.restarts_with_others(service) => {
                infra::info!("restarting {name}: what it depends on was made anew");
                return stop(service, &name, bar, Then::Start).map(Some);
            }
            Need::Nothing => {
                if self.observed.get(&service.name).is_some_and(Container::ended_well) {
                    return Ok(None);
                }
            }
            Need::Start => {
                infra::info!("starting {name}");
                docker::start_container(&name)?;
            }
            Need::Recreate(why) => {
                infra::info!("recreating {name}: {why}");
                match self.observed.get(&service.name).filter(|container| container.is_running()) {
                    Some(container) => return stop(service, &container.name, bar, Then::Recreate).map(Some),
                    None => self.recreate(service)?,
                }
            }
            Need::Create => {
                infra::info!("creating {name} from {}", service.image(&self.project.name));
                self.create(service)?;
            }
        }
        self.wait(service, bar).map(Some)
    }

    /// Goes on where a container has stopped; none where nothing is left to do.
    pub(crate) fn go_on(&mut self, service: &Service, then: Then) -> Result<Option<Waiting>> {
        match then {
            Then::Ready => return Ok(None),
            Then::Recreate => self.recreate(service)?,
            Then::Start => docker::start_container(&service.container(&self.project.name))?,
        }
        self.wait(service, Progress::spinner(&service.name)).map(Some)
    }

    /// Waits for what makes the service ready: its health, or its end.
    pub(crate) fn wait(&self, service: &Service, bar: Progress) -> Result<Waiting> {
        bar.label(&format!("{}: start", service.name));
        let condition = if self.ends(service) { docker::Condition::Ended } else { docker::Condition::Healthy };
        let operation = docker::wait_container(&service.container(&self.project.name), condition, self.timeout_ms)?;
        Ok(Waiting { operation, bar, then: Then::Ready })
    }

    /// Removes the container and makes another one; its volumes stay, also those without a name.
    fn recreate(&mut self, service: &Service) -> Result<()> {
        if let Some(container) = self.observed.remove(&service.name) {
            docker::remove_container(&container.name, true, false)?;
        }
        self.create(service)
    }

    fn create(&mut self, service: &Service) -> Result<()> {
        let project = self.project;
        let service = &resolved(service, &self.observed);
        let image = docker::inspect_image(&service.image(&project.name))?;
        let image = image.as_ref().and_then(|image| image["Id"].as_str()).unwrap_or_default();
        let labels = labels::of_container(project, service, &config_hash(service), image);
        let nothing = BTreeMap::new();
        let inherited = self.inherited.get(&service.name).unwrap_or(&nothing);
        let name = service.container(&project.name);
        docker::create_container(&name, &body(project, service, &labels, inherited))?;
        docker::start_container(&name)?;
        if let Some(container) = Container::inspect(&name)? {
            self.observed.insert(service.name.clone(), container);
        }
        self.made.insert(service.name.clone());
        Ok(())
    }

    /// `depends_on` with `restart: true`.
    fn restarts_with_others(&self, service: &Service) -> bool {
        let running = self.observed.get(&service.name).is_some_and(Container::is_running);
        running && service.depends_on.iter().any(|dependency| dependency.restart && self.made.contains(&dependency.service))
    }

    /// Whether a service whose wait failed is done all the same: it has ended with 0, and may.
    pub(crate) fn is_done(&self, service: &Service) -> Result<bool> {
        let container = Container::inspect(&service.container(&self.project.name))?;
        Ok(service.may_end() && container.is_some_and(|container| container.ended_well()))
    }

    /// # Errors
    /// `failed` where a service that should run, or end with 0, has ended otherwise by now.
    pub(crate) fn check(&self, service: &Service) -> Result<()> {
        let name = service.container(&self.project.name);
        let Some(container) = Container::inspect(&name)? else { return Ok(()) };
        if !matches!(container.status(), "exited" | "dead") || infra::context::planning() {
            return Ok(());
        }
        if container.exit_code() == 0 && (self.ends(service) || service.may_end()) {
            return Ok(());
        }
        let message =
            format!("service {}: the container `{name}` has ended with exit code {}", service.name, container.exit_code());
        Err(Error::failed(message)
            .hint(format!("`docker logs {name}` shows what it said"))
            .details(json!({ "container": name, "exit_code": container.exit_code() })))
    }
}

fn stop(service: &Service, container: &str, bar: Progress, then: Then) -> Result<Waiting> {
    bar.label(&format!("{}: stop", service.name));
    Ok(Waiting { operation: docker::begin_stop(container, None)?, bar, then })
}
