use super::found::family;
use super::inherited::inherited;
use super::label;
use super::step_docker::{StepDocker, draft};
use bollard::query_parameters::ListContainersOptions;
use infra_effect::{DockerObject, DockerVerb, Effect, EffectKind};
use infra_event::TaskError;
use infra_gate::Planned;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

impl StepDocker {
    /// Containers with all these labels, as an array of `GET /containers/json`: the project's own, and those of others that are granted
    /// by name.
    ///
    /// # Errors
    /// When no Docker grant is there, or the daemon does not answer.
    pub async fn list_containers(&self, labels: &[String], all: bool) -> Result<Value, TaskError> {
        let permit = self.admit_read(EffectKind::ContainerList, draft(DockerVerb::Inspect, DockerObject::Daemon)).await?;
        permit.end(self.listed(labels, all).await)
    }

    async fn listed(&self, labels: &[String], all: bool) -> Result<Value, TaskError> {
        let filters = HashMap::from([("label".to_owned(), labels.to_vec())]);
        let options = ListContainersOptions { all, filters: Some(filters), ..ListContainersOptions::default() };
        let request = |docker: bollard::Docker| async move {
            let listed = docker.list_containers(Some(options)).await?;
            Ok(listed.into_iter().map(|container| serde_json::to_value(container).unwrap_or_default()).collect::<Vec<_>>())
        };
        let listed = self.host.call("list containers", request).await?;
        let mut shown: BTreeMap<String, Value> = listed.into_iter().map(|container| (name(&container), container)).collect();
        let mut hidden = Vec::new();
        for (name, container) in &shown {
            let labels = container.get("Labels");
            let image = container.get("ImageID").and_then(Value::as_str).unwrap_or_default();
            let own = label::is_own(labels, &self.project) && !inherited(&self.host, labels, image).await?;
            if !self.may_see(name, own) {
                hidden.push(name.clone());
            }
        }
        shown.retain(|name, _| !hidden.contains(name));
        for (name, planned) in self.overlay().all(family(&DockerObject::Container(String::new()))) {
            shown.remove(&name);
            if let Planned::Present(inspection) = planned {
                let summary = summary(&name, &inspection);
                let own = label::is_own(summary.get("Labels"), &self.project);
                let runs = inspection.pointer("/State/Running").and_then(Value::as_bool) == Some(true);
                if (all || runs) && self.may_see(&name, own) && has_all(&summary, labels) {
                    shown.insert(name, summary);
                }
            }
        }
        Ok(shown.into_values().collect())
    }

    fn may_see(&self, name: &str, own: bool) -> bool {
        let mut effect = draft(DockerVerb::Inspect, DockerObject::Container(name.to_owned()));
        effect.own = own;
        own || self.gate.allows(&Effect::Docker { kind: EffectKind::ContainerInspect, effect })
    }
}

fn name(container: &Value) -> String {
    container.pointer("/Names/0").and_then(Value::as_str).unwrap_or_default().trim_start_matches('/').to_owned()
}

/// A planned container as a list shows it.
fn summary(name: &str, inspection: &Value) -> Value {
    let part = |pointer: &str| inspection.pointer(pointer).cloned().unwrap_or_default();
    let status = part("/State/Status");
    json!({
        "Id": part("/Id"),
        "Names": [format!("/{name}")],
        "Image": part("/Config/Image"),
        "Labels": inspection.pointer("/Config/Labels").cloned().unwrap_or_else(|| json!({})),
        "State": status,
        "Status": status,
    })
}

fn has_all(summary: &Value, labels: &[String]) -> bool {
    labels.iter().all(|wanted| {
        let (key, value) = wanted.split_once('=').map_or((wanted.as_str(), None), |(key, value)| (key, Some(value)));
        let found = summary.get("Labels").and_then(|labels| labels.get(key)).and_then(Value::as_str);
        found.is_some() && (value.is_none() || value == found)
    })
}
