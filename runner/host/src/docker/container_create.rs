use super::carry_through::{Undo, carry_through};
use super::container_body::{self, ContainerBody};
use super::container_check::{Checked, check};
use super::docker_host::DockerHost;
use super::step_docker::{StepDocker, draft, taken};
use super::{label, object_name};
use bollard::Docker;
use bollard::models::{ContainerCreateBody, EndpointSettings, NetworkConnectRequest};
use bollard::query_parameters::{CreateContainerOptions, ListContainersOptions, RemoveContainerOptions};
use infra_effect::{DockerEffect, DockerObject, DockerVerb, EffectKind};
use infra_event::{EffectId, RunId, TaskError};
use infra_gate::{Decision, Planned};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// Networks that every daemon has, and that belong to nobody.
const EVERYBODYS: [&str; 4] = ["bridge", "default", "none", "host"];

impl StepDocker {
    /// Creates a container from a body of `POST /containers/create`; its id. In a plan, its name.
    ///
    /// # Errors
    /// When the body has what the gate does not know, when it is not granted, or when the name is taken.
    pub async fn create_container(&self, name: &str, body: &str) -> Result<String, TaskError> {
        let creation = self.begin_creation(name, body).await?;
        match creation.admit(self).await? {
            Decision::Perform(permit) => {
                let (undo, creating) = creation.perform(self, permit.id())?;
                carry_through(permit, creating, Some(undo)).await
            }
            Decision::Simulate(_) => {
                creation.plan(self);
                Ok(name.to_owned())
            }
        }
    }

    /// Checks all that can be checked without an effect.
    pub(super) async fn begin_creation(&self, name: &str, body: &str) -> Result<Creation, TaskError> {
        object_name::object_name("container", name)?;
        let body: ContainerBody = container_body::parse("container", body)?;
        let checked = check(body, &self.paths, &self.host.sockets())?;
        let mut effect = draft(DockerVerb::Run, DockerObject::Container(name.to_owned()));
        effect.image = Some(checked.body.image.clone());
        effect.container = Some(checked.request.clone());
        self.refuse_early(EffectKind::ContainerCreate, &effect).await?;
        self.refuse_foreign_parts(&checked).await?;
        if let Some(found) = self.find(&effect.object).await? {
            return Err(taken(&effect.object, found.own));
        }
        Ok(Creation { name: name.to_owned(), body: checked.body, effect })
    }

    /// Volumes, networks and containers that a new container uses must be the project's own, or be granted by name.
    async fn refuse_foreign_parts(&self, checked: &Checked) -> Result<(), TaskError> {
        for volume in checked.volumes.iter().filter(|volume| !self.host.kept_volumes.has(volume)) {
            self.refuse_foreign(EffectKind::VolumeInspect, DockerObject::Volume(volume.clone())).await?;
        }
        for network in checked.networks.iter().filter(|name| !EVERYBODYS.contains(&name.as_str())) {
            self.refuse_foreign(EffectKind::NetworkInspect, DockerObject::Network(network.clone())).await?;
        }
        for container in &checked.containers {
            self.refuse_foreign(EffectKind::ContainerInspect, DockerObject::Container(container.clone())).await?;
        }
        Ok(())
    }

    /// What an inspection of a container that would be there says.
    fn planned_container(&self, name: &str, body: &ContainerBody) -> Value {
        let mut config = serde_json::to_value(body).unwrap_or_default();
        container_body::drop_nothing(&mut config);
        let mut take = |key: &str| config.as_object_mut().and_then(|fields| fields.remove(key)).unwrap_or_else(|| json!({}));
        let (host, networking) = (take("HostConfig"), take("NetworkingConfig"));
        if let Some(fields) = config.as_object_mut() {
            let labels = fields.entry("Labels").or_insert_with(|| json!({}));
            labels[label::PROJECT] = json!(self.project);
            labels[label::RUN] = json!(self.run);
        }
        json!({
            "Id": name,
            "Name": format!("/{name}"),
            "Config": config,
            "HostConfig": host,
            "NetworkSettings": { "Networks": networking.get("EndpointsConfig").cloned().unwrap_or_else(|| json!({})) },
            "State": { "Status": "created", "Running": false },
        })
    }
}

/// A creation that was checked.
pub(super) struct Creation {
    name: String,
    body: ContainerBody,
    effect: DockerEffect,
}

impl Creation {
    pub(super) async fn admit(&self, docker: &StepDocker) -> Result<Decision, TaskError> {
        docker.admit(EffectKind::ContainerCreate, self.effect.clone()).await
    }

    /// How it is undone, and the creation itself.
    pub(super) fn perform(
        self,
        docker: &StepDocker,
        effect: EffectId,
    ) -> Result<(Undo, impl Future<Output = Result<String, TaskError>> + Send + 'static), TaskError> {
        let mut body = self.body;
        label::mark(body.labels.get_or_insert_default(), &docker.project, &docker.run, effect);
        let (first, others) = split_networks(container_body::sent(&body)?);
        let undo = removal(docker.host.clone(), docker.project.clone(), docker.run.clone(), effect);
        let (host, name) = (docker.host.clone(), self.name);
        Ok((undo, async move { create(&host, &name, first, others).await }))
    }

    pub(super) fn plan(&self, docker: &StepDocker) {
        docker.plan(&self.effect.object, Planned::Present(docker.planned_container(&self.name, &self.body)));
    }
}

/// Before version 1.44 of the API a container is made with one network at most; it joins the others afterwards.
fn split_networks(mut body: ContainerCreateBody) -> (ContainerCreateBody, Vec<(String, EndpointSettings)>) {
    let mode = body.host_config.as_ref().and_then(|host| host.network_mode.clone());
    let Some(networks) = body.networking_config.as_mut().and_then(|config| config.endpoints_config.as_mut()) else {
        return (body, vec![]);
    };
    let mut all: Vec<_> = std::mem::take(networks).into_iter().collect();
    all.sort_by_key(|(name, _)| (Some(name) != mode.as_ref(), name.clone()));
    let others = all.split_off(all.len().min(1));
    networks.extend(all);
    (body, others)
}

async fn create(
    host: &DockerHost,
    name: &str,
    body: ContainerCreateBody,
    others: Vec<(String, EndpointSettings)>,
) -> Result<String, TaskError> {
    let options = CreateContainerOptions { name: Some(name.to_owned()), ..CreateContainerOptions::default() };
    let doing = format!("create the container `{name}`");
    let created = host.patient(&doing, |docker| async move { docker.create_container(Some(options), body).await }).await?;
    for (network, settings) in others {
        let request = NetworkConnectRequest { container: created.id.clone(), endpoint_config: Some(settings) };
        let doing = format!("connect the container `{name}` to the network `{network}`");
        let connected = host.call(&doing, |docker| async move { docker.connect_network(&network, request).await }).await;
        if let Err(error) = connected {
            // Half a container is none.
            let _ = remove_ids(host, vec![created.id]).await;
            return Err(error);
        }
    }
    Ok(created.id)
}

/// Removes what a creation that was cancelled has made, which its labels find.
fn removal(host: Arc<DockerHost>, project: String, run: RunId, effect: EffectId) -> Undo {
    Arc::new(move || {
        let (host, project, run) = (Arc::clone(&host), project.clone(), run.clone());
        Box::pin(async move { remove_made(&host, &project, &run, effect).await.map(drop) })
    })
}

/// Removes the containers that an effect made; whether there were any.
pub(super) async fn remove_made(host: &DockerHost, project: &str, run: &RunId, effect: EffectId) -> Result<bool, TaskError> {
    let filters = HashMap::from([("label".to_owned(), label::filters(project, run, effect))]);
    let options = ListContainersOptions { all: true, filters: Some(filters), ..ListContainersOptions::default() };
    let listed = host.call("list containers", |docker| async move { docker.list_containers(Some(options)).await }).await?;
    let ids: Vec<String> = listed.into_iter().filter_map(|container| container.id).collect();
    let any = !ids.is_empty();
    remove_ids(host, ids).await?;
    Ok(any)
}

async fn remove_ids(host: &DockerHost, ids: Vec<String>) -> Result<(), TaskError> {
    for id in ids {
        let options = RemoveContainerOptions { force: true, v: true, ..RemoveContainerOptions::default() };
        let request = |docker: Docker| async move {
            match docker.remove_container(&id, Some(options)).await {
                Err(error) if !super::api_error::is_absent(&error) => Err(error),
                _ => Ok(()),
            }
        };
        host.patient("remove the container that was being created", request).await?;
    }
    Ok(())
}
