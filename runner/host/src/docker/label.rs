use infra_effect::DockerObject;
use infra_event::{EffectId, ErrorCode, RunId, TaskError};
use serde_json::Value;
use std::collections::BTreeMap;

/// The project that something belongs to.
pub(super) const PROJECT: &str = "dev.infra.project";
/// The run that made it. Images that are built here do not have it, so that a container which only inherits its image's labels belongs
/// to nobody.
pub(super) const RUN: &str = "dev.infra.run";
/// The effect that made it.
pub(super) const EFFECT: &str = "dev.infra.effect";
const RESERVED: [&str; 3] = [PROJECT, RUN, EFFECT];

/// Adds the labels that find again what an effect made.
pub(super) fn mark(labels: &mut BTreeMap<String, String>, project: &str, run: &RunId, effect: EffectId) {
    labels.insert(PROJECT.to_owned(), project.to_owned());
    labels.insert(RUN.to_owned(), run.to_string());
    labels.insert(EFFECT.to_owned(), effect.to_string());
}

/// The filters of a list that finds what an effect made.
pub(super) fn filters(project: &str, run: &RunId, effect: EffectId) -> Vec<String> {
    vec![format!("{PROJECT}={project}"), format!("{RUN}={run}"), format!("{EFFECT}={effect}")]
}

/// Whether labels say that the project made the thing.
pub(super) fn is_own(labels: Option<&Value>, project: &str) -> bool {
    let text = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
    text(PROJECT) == Some(project) && text(RUN).is_some()
}

/// Whether an image's labels are those that a container would have from being made by an effect.
pub(super) fn same_mark(container: Option<&Value>, image: &Value) -> bool {
    image.get(RUN).is_some() && [RUN, EFFECT].iter().all(|key| container.and_then(|labels| labels.get(key)) == image.get(key))
}

/// Labels that the host sets cannot be set by a task.
pub(super) fn refuse_reserved<'a>(labels: impl IntoIterator<Item = &'a String>) -> Result<(), TaskError> {
    match labels.into_iter().find(|key| RESERVED.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(TaskError::new(ErrorCode::INVALID, format!("the label `{key}` is set by the runner, not by a task"))
            .hint(format!("leave out the labels {}", RESERVED.map(|key| format!("`{key}`")).join(", ")))),
    }
}

/// What an object is called in a sentence.
pub(super) const fn noun(object: &DockerObject) -> &'static str {
    match object {
        DockerObject::Daemon => "daemon",
        DockerObject::Image(_) => "image",
        DockerObject::Container(_) => "container",
        DockerObject::Network(_) => "network",
        DockerObject::Volume(_) => "volume",
    }
}
