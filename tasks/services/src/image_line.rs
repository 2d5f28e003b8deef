//! Images on their way, each with its line of progress.

use crate::project::Project;
use crate::service::{PullPolicy, Service};
use infra::docker::{self, BuildOptions, ImageBuild, ImagePull};
use infra::ui::{Progress, Unit};
use infra::{Context, Error, Result, Waitable, wait_any};
use std::collections::BTreeMap;

/// A pull or a build under way.
pub(crate) struct ImageLine {
    pub(crate) image: String,
    work: Work,
    bar: Progress,
}

enum Work {
    Pull {
        operation: ImagePull,
        /// Bytes got and bytes wanted, by layer.
        layers: BTreeMap<String, (u64, u64)>,
    },
    Build(ImageBuild),
}

impl ImageLine {
    pub(crate) fn pull(image: &str) -> Result<Self> {
        let operation = docker::pull_image(image).context(format!("pull {image}"))?;
        let bar = Progress::bar(&format!("pull {image}"), 0, Unit::Bytes);
        bar.total(None);
        Ok(Self { image: image.to_owned(), work: Work::Pull { operation, layers: BTreeMap::new() }, bar })
    }

    /// Builds the image of a service.
    ///
    /// # Errors
    /// `invalid` where the service has no `build`.
    pub(crate) fn build(project: &Project, service: &Service, cache: bool) -> Result<Self> {
        let image = service.image(&project.name);
        let build =
            service.build.as_ref().ok_or_else(|| Error::new("invalid", format!("service {} has no `build`", service.name)))?;
        let mut labels: Vec<(String, String)> = build.labels.clone().into_iter().collect();
        for (name, value) in [("project", &project.name), ("service", &service.name)] {
            labels.push((format!("com.docker.compose.{name}"), value.clone()));
        }
        let options = BuildOptions {
            context: build.context.clone(),
            dockerfile: build.dockerfile.clone(),
            tags: std::iter::once(&image).chain(&build.tags).cloned().collect(),
            args: build.args.clone().into_iter().collect(),
            labels,
            target: build.target.clone(),
            cache: cache && !build.no_cache,
        };
        let operation = docker::build_image(&options).context(format!("build {image}"))?;
        let bar = Progress::spinner(&format!("build {image}"));
        Ok(Self { image, work: Work::Build(operation), bar })
    }

    /// What `up` has to do for a service's image; nothing where it is there.
    pub(crate) fn for_up(project: &Project, service: &Service, cache: bool) -> Result<Option<Self>> {
        let image = service.image(&project.name);
        if service.build.is_some() && service.pull_policy == PullPolicy::Build {
            return Self::build(project, service, cache).map(Some);
        }
        if service.pull_policy == PullPolicy::Always && service.build.is_none() {
            return Self::pull(&image).map(Some);
        }
        if docker::inspect_image(&image)?.is_some() {
            return Ok(None);
        }
        match (&service.build, service.pull_policy) {
            (Some(_), _) => Self::build(project, service, cache).map(Some),
            (None, PullPolicy::Never) => {
                let message = format!("the image {image} is not there, and service {} must not pull it", service.name);
                Err(Error::new("not-found", message).hint("pull or build it first, or change `pull_policy`"))
            }
            (None, _) => Self::pull(&image).map(Some),
        }
    }

    pub(crate) fn operation(&self) -> &dyn Waitable {
        match &self.work {
            Work::Pull { operation, .. } => operation,
            Work::Build(operation) => operation,
        }
    }

    /// Takes one piece of progress; whether there is more to come.
    pub(crate) fn advance(&mut self) -> Result<bool> {
        let image = &self.image;
        match &mut self.work {
            Work::Build(operation) => {
                let Some(line) = operation.next().context(format!("build {image}"))? else { return Ok(false) };
                let line = line.trim();
                if !line.is_empty() {
                    infra::debug!("{image}: {line}");
                    self.bar.label(&format!("build {image}: {line}"));
                }
            }
            Work::Pull { operation, layers } => {
                let Some(progress) = operation.next().context(format!("pull {image}"))? else { return Ok(false) };
                if progress.layer.is_empty() {
                    self.bar.label(&format!("pull {image}: {}", progress.status));
                }
                if let Some(total) = progress.total.filter(|_| progress.status == "Downloading") {
                    layers.insert(progress.layer, (progress.position, total));
                    let (got, wanted) =
                        layers.values().fold((0, 0), |(got, wanted), (position, total)| (got + position, wanted + total));
                    self.bar.total(Some(wanted));
                    self.bar.position(got);
                }
            }
        }
        Ok(true)
    }

    /// The image is there.
    pub(crate) fn finish(self) {
        let did = if matches!(self.work, Work::Pull { .. }) { "pulled" } else { "built" };
        infra::info!("{did} {}", self.image);
        self.bar.finish();
    }
}

/// Waits for all of them. With `resilient` one that fails does not stop the others.
///
/// # Errors
/// What the first that fails says; with `resilient`, all that failed.
pub(crate) fn finish_all(mut lines: Vec<ImageLine>, resilient: bool) -> Result<Vec<String>> {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    while !lines.is_empty() {
        let operations: Vec<&dyn Waitable> = lines.iter().map(ImageLine::operation).collect();
        let mut ready = wait_any(&operations);
        ready.sort_unstable();
        // From the back, so that removing one leaves the indices before it as they are.
        for index in ready.into_iter().rev() {
            match lines[index].advance() {
                Ok(true) => {}
                Ok(false) => {
                    let line = lines.remove(index);
                    done.push(line.image.clone());
                    line.finish();
                }
                Err(error) if resilient => {
                    infra::error!("{}", error.message);
                    failed.push(lines.remove(index).image);
                }
                Err(error) => return Err(error),
            }
        }
    }
    if failed.is_empty() { Ok(done) } else { Err(Error::failed(format!("missing in the end: {}", failed.join(", ")))) }
}
