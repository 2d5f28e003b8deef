use super::docker_host::DockerHost;
use super::inherited::inherited;
use super::label;
use infra_effect::{DockerObject, familiar_image_name};
use infra_event::TaskError;
use infra_gate::{Overlay, Planned};
use serde_json::Value;

/// An object as the daemon, or the plan, has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// What is acted on, so that a name which changes hands in between does no harm.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) own: bool,
    /// A container's image, in its familiar form.
    pub(super) image: Option<String>,
    pub(super) json: Value,
    /// It is only planned, or is not as it would be at this point of the plan.
    pub(super) planned: bool,
}

/// The overlay's family of an object.
pub(super) const fn family(object: &DockerObject) -> &'static str {
    match object {
        DockerObject::Daemon => "docker.daemon",
        DockerObject::Image(_) => "docker.image",
        DockerObject::Container(_) => "docker.container",
        DockerObject::Network(_) => "docker.network",
        DockerObject::Volume(_) => "docker.volume",
    }
}

/// Looks for an object, in the plan first.
pub(super) async fn find(
    host: &DockerHost,
    overlay: &Overlay,
    project: &str,
    object: &DockerObject,
) -> Result<Option<Found>, TaskError> {
    let planned = |name: &str| overlay.get(family(object), name);
    match planned(object.name()) {
        Some(Planned::Present(json)) => return Ok(Some(describe(object, json, project, true))),
        Some(Planned::Absent) => return Ok(None),
        None => {}
    }
    let Some(json) = look(host, object).await? else { return Ok(None) };
    let mut found = describe(object, json, project, false);
    if found.own && matches!(object, DockerObject::Container(_)) {
        let image = found.json.get("Image").and_then(Value::as_str).unwrap_or_default();
        found.own = !inherited(host, found.json.pointer("/Config/Labels"), image).await?;
    }
    // The name was an id, so the plan may know the object by its name.
    Ok(match planned(&found.name) {
        Some(Planned::Present(json)) => Some(describe(object, json, project, true)),
        Some(Planned::Absent) => None,
        None => Some(found),
    })
}

async fn look(host: &DockerHost, object: &DockerObject) -> Result<Option<Value>, TaskError> {
    let name = object.name().to_owned();
    let doing = format!("inspect the {} `{name}`", label::noun(object));
    match object {
        DockerObject::Daemon => Ok(None),
        DockerObject::Image(_) => host.inspection(&doing, |docker| async move { docker.inspect_image(&name).await }).await,
        DockerObject::Container(_) => {
            host.inspection(&doing, |docker| async move { docker.inspect_container(&name, None).await }).await
        }
        DockerObject::Network(_) => {
            host.inspection(&doing, |docker| async move { docker.inspect_network(&name, None).await }).await
        }
        DockerObject::Volume(_) => host.inspection(&doing, |docker| async move { docker.inspect_volume(&name).await }).await,
    }
}

fn describe(object: &DockerObject, json: Value, project: &str, planned: bool) -> Found {
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let name = text("/Name").map(|name| name.trim_start_matches('/').to_owned());
    let (labels, image) = match object {
        DockerObject::Container(_) => (json.pointer("/Config/Labels"), text("/Config/Image")),
        _ => (json.get("Labels"), None),
    };
    let name = name.filter(|_| !matches!(object, DockerObject::Image(_))).unwrap_or_else(|| object.name().to_owned());
    Found {
        own: matches!(object, DockerObject::Image(_)) || label::is_own(labels, project),
        // A volume has no id: its name is the only handle.
        id: text("/Id").filter(|id| !id.is_empty()).unwrap_or_else(|| name.clone()),
        image: image.map(|image| familiar_image_name(&image)),
        name,
        json,
        planned,
    }
}

impl Found {
    /// Whether a container runs.
    pub(super) fn running(&self) -> bool {
        self.json.pointer("/State/Running").and_then(Value::as_bool) == Some(true)
    }

    /// The same container in another state.
    pub(super) fn with_state(&self, status: &str, running: bool) -> Value {
        let mut json = self.json.clone();
        if let Some(object) = json.as_object_mut() {
            object.insert("State".to_owned(), serde_json::json!({ "Status": status, "Running": running }));
        }
        json
    }
}
