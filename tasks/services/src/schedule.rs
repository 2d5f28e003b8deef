//! Starts services in the order of their dependencies; what does not depend on each other goes side by side.

use crate::converge::{Converge, Then, Waiting};
use crate::depends_on::Condition;
use crate::image_line::ImageLine;
use crate::service::Service;
use infra::{Context, Error, Result, Waitable, wait_any};
use serde_json::json;
use std::collections::BTreeMap;

/// Where a service stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Pending,
    /// It is made anew, or started again, when it has stopped.
    Stopping,
    Started,
    /// Healthy, or ended with 0.
    Ready,
    Missing,
}

/// A run of services, each behind what it depends on.
pub(crate) struct Schedule<'a, 'b> {
    converge: &'b mut Converge<'a>,
    services: Vec<&'a Service>,
    stages: BTreeMap<&'a str, Stage>,
    images: Vec<ImageLine>,
    waiting: Vec<(&'a Service, Waiting)>,
    /// Why services are missing, and whether they are required.
    missing: Vec<(&'a Service, Error)>,
    resilient: bool,
}

impl<'a, 'b> Schedule<'a, 'b> {
    /// `services` are in order.
    pub(crate) fn new(converge: &'b mut Converge<'a>, services: Vec<&'a Service>, resilient: bool) -> Self {
        let stages = services.iter().map(|service| (service.name.as_str(), Stage::Pending)).collect();
        Self { converge, services, stages, images: vec![], waiting: vec![], missing: vec![], resilient }
    }

    /// Images that are on their way: services wait for theirs.
    pub(crate) fn image(&mut self, line: ImageLine) {
        self.images.push(line);
    }

    pub(crate) fn has_image(&self, image: &str) -> bool {
        self.images.iter().any(|line| line.image == image)
    }

    pub(crate) fn is_missing(&self, service: &Service) -> bool {
        self.stage(&service.name) == Some(Stage::Missing)
    }

    /// A service is missing. Its failure ends the run, unless it is not required or the run is resilient.
    ///
    /// # Errors
    /// The failure, where it ends the run.
    pub(crate) fn miss(&mut self, service: &'a Service, error: Error) -> Result<()> {
        if service.registration.required && !self.resilient {
            return Err(error);
        }
        self.stages.insert(&service.name, Stage::Missing);
        if service.registration.required {
            infra::error!("{}", error.message);
        } else {
            infra::warning!("{} (not required)", error.message);
        }
        self.missing.push((service, error));
        Ok(())
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// What the first required service that fails says; where the run is resilient, all that is missing in the end.
    pub(crate) fn run(mut self) -> Result<()> {
        loop {
            while self.start_what_may()? {}
            if self.images.is_empty() && self.waiting.is_empty() {
                break;
            }
            let images = self.images.iter().map(ImageLine::operation);
            let operations: Vec<&dyn Waitable> =
                images.chain(self.waiting.iter().map(|(_, waiting)| &waiting.operation as &dyn Waitable)).collect();
            let mut ready = wait_any(&operations);
            ready.sort_unstable();
            let count = self.images.len();
            // From the back, so that removing one leaves the indices before it as they are.
            for index in ready.into_iter().rev() {
                if index < count { self.advance_image(index)? } else { self.advance_wait(index - count)? }
            }
        }
        self.check()?;
        self.told()
    }

    /// Whether a stage changed, so that others may start now.
    fn start_what_may(&mut self) -> Result<bool> {
        let mut changed = false;
        for service in self.services.clone() {
            if self.stages.get(service.name.as_str()) != Some(&Stage::Pending) {
                continue;
            }
            if let Some(other) = self.lost_dependency(service) {
                let message = format!("service {} was not started: {other}, which it depends on, is missing", service.name);
                self.miss(service, Error::failed(message))?;
                changed = true;
            } else if self.may_start(service) {
                match self.converge.converge(service).context(format!("service {}", service.name)) {
                    Ok(Some(waiting)) => {
                        let stage = if waiting.then == Then::Ready { Stage::Started } else { Stage::Stopping };
                        self.stages.insert(&service.name, stage);
                        self.waiting.push((service, waiting));
                    }
                    Ok(None) => {
                        self.stages.insert(&service.name, Stage::Ready);
                    }
                    Err(error) => self.miss(service, error)?,
                }
                changed = true;
            }
        }
        Ok(changed)
    }

    fn stage(&self, name: &str) -> Option<Stage> {
        self.stages.get(name).copied()
    }

    fn may_start(&self, service: &Service) -> bool {
        let ready = |name: &str, condition: Condition| match self.stage(name) {
            // It takes no part, or it is missing and not required.
            None | Some(Stage::Missing | Stage::Ready) => true,
            Some(stage) => condition == Condition::Started && stage == Stage::Started,
        };
        !self.has_image(&service.image(&self.converge.project.name))
            && service.depends_on.iter().all(|dependency| ready(&dependency.service, dependency.condition))
    }

    fn lost_dependency(&self, service: &'a Service) -> Option<&'a str> {
        let lost = service
            .depends_on
            .iter()
            .find(|dependency| dependency.required && self.stage(&dependency.service) == Some(Stage::Missing));
        lost.map(|dependency| dependency.service.as_str())
    }

    fn advance_image(&mut self, index: usize) -> Result<()> {
        match self.images[index].advance() {
            Ok(true) => Ok(()),
            Ok(false) => {
                self.images.remove(index).finish();
                Ok(())
            }
            Err(error) => {
                let image = self.images.remove(index).image;
                let project = &self.converge.project.name;
                let services: Vec<&Service> =
                    self.services.iter().copied().filter(|service| service.image(project) == image).collect();
                for service in services {
                    let message = format!("service {}: {}", service.name, error.message);
                    self.miss(service, Error { message, ..error.clone() })?;
                }
                Ok(())
            }
        }
    }

    fn advance_wait(&mut self, index: usize) -> Result<()> {
        let (service, waiting) = &self.waiting[index];
        let service = *service;
        let name = &service.name;
        let result = match waiting.operation.next() {
            Ok(Some(state)) => {
                waiting.bar.label(&format!("{name}: {}", state.health.unwrap_or(state.status)));
                return Ok(());
            }
            Ok(None) if waiting.then == Then::Ready => self.converge.check(service).map(|()| None),
            Ok(None) => self.converge.go_on(service, waiting.then).context(format!("service {name}")),
            Err(error) if waiting.then == Then::Ready && self.converge.is_done(service)? => {
                infra::debug!("{}", error.message);
                Ok(None)
            }
            Err(error) => Err(error).context(format!("service {name}")),
        };
        self.waiting.remove(index).1.bar.finish();
        match result {
            Ok(None) => {
                self.stages.insert(name, Stage::Ready);
                Ok(())
            }
            Ok(Some(waiting)) => {
                self.stages.insert(name, Stage::Started);
                self.waiting.push((service, waiting));
                Ok(())
            }
            Err(error) => self.miss(service, error),
        }
    }

    /// What was ready at first may have ended since.
    fn check(&mut self) -> Result<()> {
        for service in self.services.clone() {
            if self.stage(&service.name) == Some(Stage::Ready)
                && let Err(error) = self.converge.check(service)
            {
                self.miss(service, error)?;
            }
        }
        Ok(())
    }

    fn told(self) -> Result<()> {
        let required: Vec<_> = self.missing.iter().filter(|(service, _)| service.registration.required).collect();
        if required.is_empty() {
            return Ok(());
        }
        let lines: Vec<String> =
            required.iter().map(|(service, error)| format!("\n  {}: {}", service.name, error.message)).collect();
        let names: Vec<&str> = required.iter().map(|(service, _)| service.name.as_str()).collect();
        let message = format!("{} of {} services are missing:{}", names.len(), self.services.len(), lines.concat());
        Err(Error::failed(message)
            .hint("the others are up; the same call again does the rest")
            .details(json!({ "missing": names })))
    }
}
