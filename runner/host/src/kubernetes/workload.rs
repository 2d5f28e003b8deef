use super::patch::PatchType;
use super::read::absent;
use super::request::{Request, soon};
use super::resource::Resource;
use super::selector::selector;
use super::step_kubernetes::{Located, StepKubernetes, Target};
use infra_effect::{EffectKind, KubernetesVerb};
use infra_event::{ErrorCode, TaskError};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A change of a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkloadChange {
    /// To so many replicas.
    Scale(u32),
    /// New pods, as they are.
    Restart,
    /// Containers and their images; `*` is for all.
    SetImage(Vec<(String, String)>),
    /// To an earlier revision.
    Rollback(Option<u64>),
}

/// What kubectl marks a restart with.
const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

impl StepKubernetes {
    /// Changes a workload; what was done, where there was anything to do.
    ///
    /// # Errors
    /// When it is not granted, is not there, or cannot be changed so.
    pub async fn change(&self, target: &Target, change: &WorkloadChange) -> Result<Option<String>, TaskError> {
        let located = self.locate(target).await?;
        let verb = match change {
            WorkloadChange::Scale(_) => KubernetesVerb::Scale,
            WorkloadChange::Restart => KubernetesVerb::Restart,
            WorkloadChange::SetImage(_) => KubernetesVerb::SetImage,
            WorkloadChange::Rollback(_) => KubernetesVerb::Rollback,
        };
        let mut effect = self.effect(verb, located.object());
        self.refuse_early(EffectKind::KubernetesPatch, &effect).await?;
        let object = self.look(&located).await?.ok_or_else(|| absent(&located))?;
        let (kind, patch, note) = match change {
            WorkloadChange::Scale(replicas) => scale(&located, &object, *replicas)?,
            WorkloadChange::Restart => restart(&located, &object)?,
            WorkloadChange::SetImage(images) => set_image(&located, &object, images)?,
            WorkloadChange::Rollback(revision) => self.rollback(&located, &object, *revision).await?,
        };
        effect.note.clone_from(&note);
        let (changes, _) = self.patch_located(&located, effect, kind, patch).await?;
        Ok((!changes.is_empty()).then_some(note))
    }

    async fn rollback(
        &self,
        located: &Located,
        object: &Value,
        wanted: Option<u64>,
    ) -> Result<(PatchType, Value, String), TaskError> {
        let history = self.history(located, object).await?;
        let current = history.iter().map(|revision| revision.number).max().unwrap_or(0);
        let numbers: Vec<String> = history.iter().map(|revision| revision.number.to_string()).collect();
        let chosen = match wanted {
            Some(number) => history.iter().find(|revision| revision.number == number),
            None => history.iter().filter(|revision| revision.number < current).max_by_key(|revision| revision.number),
        };
        let Some(chosen) = chosen else {
            let what = wanted.map_or_else(|| "earlier revision".to_owned(), |number| format!("revision {number}"));
            return Err(TaskError::new(ErrorCode::NOT_FOUND, format!("{} has no {what}", located.shown()))
                .hint(format!("it has the revisions {}", numbers.join(", "))));
        };
        let note = format!("to revision {}", chosen.number);
        let mut template = chosen.template.clone();
        if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
            labels.remove("pod-template-hash");
        }
        // The template as a whole, not merged with the present one.
        let patch = json!([{ "op": "replace", "path": "/spec/template", "value": template }]);
        Ok((PatchType::Json, patch, note))
    }

    /// The revisions that the server keeps, the oldest first.
    pub(super) async fn history(&self, located: &Located, object: &Value) -> Result<Vec<Revision>, TaskError> {
        let doing = format!("read the revisions of {}", located.shown());
        let (plural, of_sets) = match located.resource.kind.as_str() {
            "Deployment" => ("replicasets", true),
            _ => ("controllerrevisions", false),
        };
        needs_template(located, object)?;
        let namespace = located.namespace.as_deref();
        let kept = Resource {
            group: "apps".into(),
            version: "v1".into(),
            plural: plural.into(),
            namespaced: true,
            ..Resource::default()
        };
        let request = Request::get(kept.path(namespace, None, None)).with_some("labelSelector", selector(object));
        let list = self.connection.send(&doing, &request, soon()).await?;
        let uid = object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
        let owned = |item: &&Value| {
            let owners = item.pointer("/metadata/ownerReferences").and_then(Value::as_array);
            owners.into_iter().flatten().any(|owner| owner["uid"] == uid)
        };
        let items = list["items"].as_array().into_iter().flatten().filter(owned);
        let mut revisions: Vec<Revision> = items.filter_map(|item| Revision::of(item, of_sets)).collect();
        revisions.sort_by_key(|revision| revision.number);
        Ok(revisions)
    }
}

/// A kept state of a workload's pods.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Revision {
    pub(super) number: u64,
    pub(super) uid: String,
    /// The hash that its pods have in a label.
    pub(super) hash: String,
    pub(super) template: Value,
    pub(super) created: String,
}

impl Revision {
    fn of(kept: &Value, is_set: bool) -> Option<Self> {
        let text = |pointer: &str| kept.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (created, uid) = (text("/metadata/creationTimestamp"), text("/metadata/uid"));
        if is_set {
            let number = kept.pointer("/metadata/annotations/deployment.kubernetes.io~1revision")?.as_str()?.parse().ok()?;
            return Some(Self {
                number,
                uid,
                hash: text("/metadata/labels/pod-template-hash"),
                template: kept.pointer("/spec/template")?.clone(),
                created,
            });
        }
        let mut template = kept.pointer("/data/spec/template")?.clone();
        // It is kept as a patch.
        if let Some(fields) = template.as_object_mut() {
            fields.remove("$patch");
        }
        Some(Self {
            number: kept["revision"].as_u64()?,
            uid,
            hash: text("/metadata/labels/controller-revision-hash"),
            template,
            created,
        })
    }

    /// The containers' images.
    pub(super) fn images(&self) -> Vec<String> {
        let containers = self.template.pointer("/spec/containers").and_then(Value::as_array);
        containers.into_iter().flatten().filter_map(|container| container["image"].as_str().map(str::to_owned)).collect()
    }
}

fn needs_template(located: &Located, object: &Value) -> Result<(), TaskError> {
    if object.pointer("/spec/template/spec/containers").is_some() && located.resource.kind != "Job" {
        return Ok(());
    }
    Err(TaskError::new(ErrorCode::INVALID, format!("{} is no workload", located.shown()))
        .hint("workloads are Deployments, StatefulSets and DaemonSets"))
}

fn scale(located: &Located, object: &Value, replicas: u32) -> Result<(PatchType, Value, String), TaskError> {
    let Some(now) = object.pointer("/spec/replicas").and_then(Value::as_u64) else {
        return Err(TaskError::new(ErrorCode::INVALID, format!("{} has no replicas", located.shown()))
            .hint("Deployments and StatefulSets have"));
    };
    Ok((PatchType::Merge, json!({ "spec": { "replicas": replicas } }), format!("{now} to {replicas} replicas")))
}

fn restart(located: &Located, object: &Value) -> Result<(PatchType, Value, String), TaskError> {
    needs_template(located, object)?;
    let at = Timestamp::now().to_string();
    let patch = json!({ "spec": { "template": { "metadata": { "annotations": { RESTARTED: at } } } } });
    Ok((PatchType::Merge, patch, "restarted".to_owned()))
}

fn set_image(located: &Located, object: &Value, images: &[(String, String)]) -> Result<(PatchType, Value, String), TaskError> {
    needs_template(located, object)?;
    let mut patch: Map<String, Value> = Map::new();
    let mut used = vec![false; images.len()];
    let mut known = vec![];
    for list in ["initContainers", "containers"] {
        let mut changed = vec![];
        for container in object.pointer(&format!("/spec/template/spec/{list}")).and_then(Value::as_array).into_iter().flatten() {
            let name = container["name"].as_str().unwrap_or_default();
            known.push(name.to_owned());
            // All means all that run, not those that prepare.
            let fits = |wanted: &str| wanted == name || (wanted == "*" && list == "containers");
            for (index, (_, image)) in images.iter().enumerate().filter(|(_, (wanted, _))| fits(wanted)) {
                used[index] = true;
                changed.push(json!({ "name": name, "image": image }));
            }
        }
        if !changed.is_empty() {
            patch.insert(list.to_owned(), Value::Array(changed));
        }
    }
    if let Some(index) = used.iter().position(|used| !used) {
        return Err(TaskError::new(ErrorCode::NOT_FOUND, format!("{} has no container `{}`", located.shown(), images[index].0))
            .hint(format!("it has {}", known.join(", "))));
    }
    let told = images.iter().map(|(name, image)| format!("{name}={image}")).collect::<Vec<_>>().join(", ");
    Ok((PatchType::Strategic, json!({ "spec": { "template": { "spec": patch } } }), told))
}
