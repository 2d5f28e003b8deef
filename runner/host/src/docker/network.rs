use super::carry_through::{Undo, carry_through};
use super::container_body;
use super::docker_host::DockerHost;
use super::network_body::NetworkBody;
use super::step_docker::{StepDocker, draft, taken};
use super::{label, object_name};
use bollard::Docker;
use bollard::query_parameters::ListNetworksOptions;
use infra_effect::{ContainerRequest, DockerObject, DockerVerb, EffectKind};
use infra_event::{EffectId, ErrorCode, RunId, TaskError};
use infra_gate::{Decision, Planned};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

impl StepDocker {
    /// The network's inspection, where there is one.
    ///
    /// # Errors
    /// When it is another's and not granted, or the daemon does not answer.
    pub async fn inspect_network(&self, name: &str) -> Result<Option<Value>, TaskError> {
        self.inspect(EffectKind::NetworkInspect, DockerObject::Network(name.to_owned())).await
    }

    /// Creates a network from a body of `POST /networks/create`; its id. In a plan, its name.
    ///
    /// # Errors
    /// When the body has what the gate does not know, when it is not granted, or when the name is taken.
    pub async fn create_network(&self, name: &str, body: &str) -> Result<String, TaskError> {
        object_name::object_name("network", name)?;
        let mut body: NetworkBody = container_body::parse("network", body)?;
        if !body.name.is_empty() && body.name != name {
            let message = format!("the network is called `{name}` in the call and `{}` in its body", body.name);
            return Err(TaskError::new(ErrorCode::INVALID, message).hint("leave `Name` out of the body"));
        }
        body.name = name.to_owned();
        label::refuse_reserved(body.labels.iter().flatten().map(|(key, _)| key))?;
        let mut effect = draft(DockerVerb::Networks, DockerObject::Network(name.to_owned()));
        effect.container = Some(ContainerRequest { options: body.options(), ..ContainerRequest::default() });
        self.refuse_early(EffectKind::NetworkCreate, &effect).await?;
        if let Some(found) = self.find(&effect.object).await? {
            return Err(taken(&effect.object, found.own));
        }
        match self.admit(EffectKind::NetworkCreate, effect.clone()).await? {
            Decision::Perform(permit) => {
                label::mark(body.labels.get_or_insert_default(), &self.project, &self.run, permit.id());
                let request = container_body::sent(&body)?;
                let undo = removal(self.host.clone(), self.project.clone(), self.run.clone(), permit.id());
                let (host, doing) = (self.host.clone(), format!("create the network `{name}`"));
                let work = async move {
                    let created = host.call(&doing, |docker| async move { docker.create_network(request).await }).await?;
                    Ok(created.id)
                };
                carry_through(permit, work, Some(undo)).await
            }
            Decision::Simulate(_) => {
                let mut json = json!({ "Name": name, "Id": name, "Driver": body.driver.as_deref().unwrap_or("bridge"), "Labels": body.labels });
                json["Labels"] = self.planned_labels(body.labels.as_ref());
                self.plan(&effect.object, Planned::Present(json));
                Ok(name.to_owned())
            }
        }
    }

    /// Removes a network; done where there is none.
    ///
    /// # Errors
    /// When it is not granted, or something uses it.
    pub async fn remove_network(&self, name: &str) -> Result<(), TaskError> {
        let object = DockerObject::Network(name.to_owned());
        let (effect, found) = self.target(EffectKind::NetworkRemove, draft(DockerVerb::Networks, object)).await?;
        let Some(found) = found else { return self.unchanged(EffectKind::NetworkInspect, effect).await };
        let object = effect.object.clone();
        match self.admit(EffectKind::NetworkRemove, effect).await? {
            Decision::Perform(permit) => {
                let host = self.host.clone();
                let work = async move { remove(&host, &found.name, found.id.clone()).await };
                carry_through(permit, work, None).await
            }
            Decision::Simulate(_) => {
                self.plan(&object, Planned::Absent);
                Ok(())
            }
        }
    }

    /// The labels of a network or volume that would be there.
    pub(super) fn planned_labels(&self, labels: Option<&std::collections::BTreeMap<String, String>>) -> Value {
        let mut labels = labels.cloned().unwrap_or_default();
        labels.insert(label::PROJECT.to_owned(), self.project.clone());
        labels.insert(label::RUN.to_owned(), self.run.to_string());
        json!(labels)
    }
}

async fn remove(host: &DockerHost, name: &str, id: String) -> Result<(), TaskError> {
    let request = |docker: Docker| async move {
        match docker.remove_network(&id).await {
            Err(error) if !super::api_error::is_absent(&error) => Err(error),
            _ => Ok(()),
        }
    };
    host.call(&format!("remove the network `{name}`"), request).await
}

fn removal(host: Arc<DockerHost>, project: String, run: RunId, effect: EffectId) -> Undo {
    Arc::new(move || {
        let (host, project, run) = (Arc::clone(&host), project.clone(), run.clone());
        Box::pin(async move { remove_made(&host, &project, &run, effect).await.map(drop) })
    })
}

/// Removes the networks that an effect made; whether there were any.
pub(super) async fn remove_made(host: &DockerHost, project: &str, run: &RunId, effect: EffectId) -> Result<bool, TaskError> {
    let options =
        ListNetworksOptions { filters: Some(HashMap::from([("label".to_owned(), label::filters(project, run, effect))])) };
    let listed = host.call("list networks", |docker| async move { docker.list_networks(Some(options)).await }).await?;
    let any = !listed.is_empty();
    for network in listed {
        remove(host, &network.name.unwrap_or_default(), network.id.unwrap_or_default()).await?;
    }
    Ok(any)
}
