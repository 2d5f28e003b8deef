use super::api_error::docker_error;
use super::build_context::{Context, archive};
use super::docker_host::DockerHost;
use super::operation::{Operation, send};
use super::step_docker::{StepDocker, draft};
use super::{credentials, label};
use bollard::models::BuildInfo;
use bollard::query_parameters::BuildImageOptions;
use futures_util::StreamExt as _;
use infra_effect::{DockerObject, DockerVerb, EffectKind};
use infra_event::{ErrorCode, TaskError};
use infra_gate::{Decision, StepGate};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use tokio::sync::mpsc::Sender;

/// What is built, from what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildRequest {
    /// A directory of the project.
    pub context: String,
    /// Relative to the context; `Dockerfile` where nothing is said.
    pub dockerfile: Option<String>,
    /// The names of the image.
    pub tags: Vec<String>,
    /// Arguments of the build.
    pub args: Vec<(String, String)>,
    /// Labels of the image.
    pub labels: Vec<(String, String)>,
    /// The stage to build.
    pub target: Option<String>,
    /// Whether layers of earlier builds may be used.
    pub cache: bool,
}

/// A build under way.
#[derive(Debug)]
pub struct ImageBuild {
    /// The lines of its output.
    pub lines: Operation<String>,
    id: Arc<OnceLock<String>>,
    /// What answers for the id in a plan.
    planned: Option<TaskError>,
}

impl ImageBuild {
    /// The id of the image, after the end.
    ///
    /// # Errors
    /// Before the end, after a failure, and in a plan.
    pub fn image(&self) -> Result<String, TaskError> {
        if let Some(unknown) = &self.planned {
            return Err(unknown.clone());
        }
        self.id.get().cloned().ok_or_else(|| {
            TaskError::new(ErrorCode::INVALID, "the build has not ended with an image").hint("read its output to the end first")
        })
    }
}

impl StepDocker {
    /// Builds an image from a directory. Dropping the operation stops it.
    ///
    /// # Errors
    /// When it is not granted, or the directory cannot be used.
    pub async fn build_image(&self, request: BuildRequest) -> Result<ImageBuild, TaskError> {
        label::refuse_reserved(request.labels.iter().map(|(key, _)| key))?;
        let tags = request.tags.iter().map(|tag| Self::checked_image(tag)).collect::<Result<Vec<_>, _>>()?;
        let Some(first) = tags.first().cloned() else {
            return Err(TaskError::new(ErrorCode::INVALID, "a build needs a tag, so that its image can be found again")
                .hint("name the image in `tags`"));
        };
        let directory = self.paths.canonical(&request.context)?;
        let effect = |tag: &str| {
            let mut effect = draft(DockerVerb::Build, DockerObject::Image(tag.to_owned()));
            effect.image = Some(tag.to_owned());
            effect.context = Some(directory.shown.clone());
            effect
        };
        for tag in &tags {
            self.refuse_early(EffectKind::ImageBuild, &effect(tag)).await?;
        }
        let dockerfile = request.dockerfile.clone().unwrap_or_else(|| "Dockerfile".to_owned());
        let context = Context::open(&self.paths, &directory, &dockerfile)?;
        match self.admit(EffectKind::ImageBuild, effect(&first)).await? {
            Decision::Perform(permit) => {
                let mut labels: BTreeMap<_, _> = request.labels.into_iter().collect();
                labels.insert(label::PROJECT.to_owned(), self.project.clone());
                let options = BuildImageOptions {
                    dockerfile,
                    t: Some(first.clone()),
                    nocache: !request.cache,
                    rm: true,
                    forcerm: true,
                    buildargs: Some(request.args.into_iter().collect()),
                    labels: Some(labels.into_iter().collect()),
                    target: request.target.unwrap_or_default(),
                    ..BuildImageOptions::default()
                };
                let id = Arc::new(OnceLock::new());
                let build =
                    Build { host: self.host.clone(), gate: self.gate.clone(), first, others: tags[1..].to_vec(), id: id.clone() };
                let lines =
                    Operation::start(Some(permit), move |sender| async move { build.perform(options, context, &sender).await });
                Ok(ImageBuild { lines, id, planned: None })
            }
            Decision::Simulate(simulated) => {
                tags.iter().for_each(|tag| self.plan_image(tag, json!({})));
                let lines = Operation::start(None, |_| async { Ok(()) });
                Ok(ImageBuild { lines, id: Arc::default(), planned: Some(simulated.unknown()) })
            }
        }
    }
}

struct Build {
    host: Arc<DockerHost>,
    gate: Arc<StepGate>,
    first: String,
    others: Vec<String>,
    id: Arc<OnceLock<String>>,
}

impl Build {
    async fn perform(
        self,
        options: BuildImageOptions,
        context: Context,
        sender: &Sender<Result<String, TaskError>>,
    ) -> Result<(), TaskError> {
        let doing = format!("build the image `{}`", self.first);
        let connection = self.host.connection().await?;
        let (body, failure) = archive(context);
        let registries = Some(credentials::all_stored(self.host.settings())).filter(|stored| !stored.is_empty());
        let mut stream = connection.patient.build_image(options, registries, Some(bollard::body_try_stream(body)));
        let mut lines = Lines::default();
        let mut id = None;
        while let Some(info) = stream.next().await {
            let info = match info {
                Ok(info) => info,
                Err(error) => {
                    // What broke the upload says more than the broken connection does.
                    if let Some(why) = failure.get() {
                        let error = TaskError::new(ErrorCode::INPUT_OUTPUT, format!("cannot {doing}: {why}"));
                        return Err(error.hint("look at the build's context"));
                    }
                    self.host.still_listens(&doing).await?;
                    return Err(self.host.note(docker_error(&doing, error)));
                }
            };
            id = info.aux.as_ref().and_then(|aux| aux.id.clone()).or(id);
            for line in lines.add(&info) {
                if !send(sender, self.gate.gate().masker().mask(&line).into_owned()).await {
                    return Err(TaskError::new(ErrorCode::CANCELLED, format!("cannot {doing}: nobody waits for it any more")));
                }
            }
        }
        let Some(id) = id else {
            return Err(TaskError::new(ErrorCode::FAILED, format!("cannot {doing}: the daemon ended without an image"))
                .hint("the output's last lines say why"));
        };
        for tag in &self.others {
            let (repository, tag) = tag.rsplit_once(':').unwrap_or((tag, "latest"));
            let options =
                bollard::query_parameters::TagImageOptions { repo: Some(repository.to_owned()), tag: Some(tag.to_owned()) };
            let id = id.clone();
            self.host.call(&doing, |docker| async move { docker.tag_image(&id, Some(options)).await }).await?;
        }
        let _ = self.id.set(id);
        Ok(())
    }
}

/// Cuts the daemon's pieces of text into lines.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, info: &BuildInfo) -> Vec<String> {
        if let Some(text) = &info.stream {
            self.0.push_str(text);
        } else if let (Some(status), None) = (&info.status, &info.progress_detail) {
            // A base image that is pulled: its steps, not its bytes.
            let layer = info.id.as_deref().map(|id| format!("{id}: ")).unwrap_or_default();
            self.0.push_str(&format!("{layer}{status}\n"));
        }
        let mut lines = Vec::new();
        while let Some(end) = self.0.find('\n') {
            let line: String = self.0.drain(..=end).collect();
            let line = line.trim_end();
            if !line.is_empty() {
                lines.push(line.to_owned());
            }
        }
        lines
    }
}
