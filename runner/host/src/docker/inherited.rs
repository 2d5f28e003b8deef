use super::docker_host::DockerHost;
use super::label;
use infra_event::TaskError;
use serde_json::Value;

/// Whether a container has the labels that say whose it is from its image: anyone may run an image that claims a project.
pub(super) async fn inherited(host: &DockerHost, labels: Option<&Value>, image: &str) -> Result<bool, TaskError> {
    if image.is_empty() {
        return Ok(false);
    }
    let name = image.to_owned();
    let doing = format!("inspect the image `{image}`");
    let inspected = host.inspection(&doing, |docker| async move { docker.inspect_image(&name).await }).await?;
    let of_image = inspected.as_ref().and_then(|image| image.pointer("/Config/Labels"));
    Ok(of_image.is_some_and(|of_image| label::same_mark(labels, of_image)))
}
