use super::api_error::is_absent;
use super::apply::{Applied, Change};
use super::apply_set::MANAGER;
use super::field_diff::{differences, in_words};
use super::request::{Failure, Request};
use super::step_kubernetes::{Located, StepKubernetes, present};
use crate::docker::carry_through;
use infra_effect::{EffectKind, KubernetesEffect, KubernetesObject, KubernetesScope, KubernetesVerb};
use infra_event::{ErrorCode, TaskError};
use infra_gate::{Decision, Planned};
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

const APPLY: &str = "application/apply-patch+yaml";
const PAUSE: Duration = Duration::from_millis(250);
/// How often an object is compared that others change meanwhile.
const LOOKS: u32 = 5;
/// Fields that stand in the line of an effect.
const TOLD: usize = 3;

/// An object that shall be.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) located: Located,
    pub(super) object: Value,
    /// What comes first: namespaces, definitions of kinds, the rest.
    pub(super) phase: u8,
    /// Its kind is defined in the same text.
    pub(super) new_kind: bool,
}

/// How all objects of a text are applied.
#[derive(Clone, Debug)]
pub(super) struct Course {
    pub(super) force: bool,
    /// Only compare.
    pub(super) dry: bool,
    pub(super) deadline: Instant,
    pub(super) set: Option<String>,
}

/// What the server makes of an object without keeping it.
enum Rehearsal {
    Result(Value),
    /// It does not have the namespace, or the kind.
    Impossible(String),
    /// Something that it asks cannot rehearse.
    Refused,
}

impl Wanted {
    pub(super) fn new(located: Located, object: Value, new_kind: bool) -> Self {
        let phase = match (located.resource.group.as_str(), located.resource.kind.as_str()) {
            ("", "Namespace") => 0,
            ("apiextensions.k8s.io", "CustomResourceDefinition") => 1,
            _ => 2,
        };
        Self { located, object, phase, new_kind }
    }

    pub(super) fn is_definition(&self) -> bool {
        self.phase == 1
    }

    fn request(&self, force: bool, dry: bool) -> Request {
        Request::patch(self.located.path(None), APPLY, &self.object)
            .with("fieldManager", MANAGER)
            .with("force", force)
            .with_some("dryRun", dry.then_some("All"))
    }
}

impl StepKubernetes {
    /// What must be granted for an object.
    pub(super) fn effects_of(&self, one: &Wanted, course: &Course) -> Vec<KubernetesEffect> {
        let verb = if course.dry { KubernetesVerb::Diff } else { KubernetesVerb::Apply };
        // Comparing writes nothing, and tells nothing of what a Secret holds.
        let contents = one.located.resource.is_secret() && !course.dry;
        let effect = KubernetesEffect { contents, ..self.effect(verb, one.located.object()) };
        let force = (course.force && !course.dry).then(|| KubernetesEffect { verb: KubernetesVerb::Force, ..effect.clone() });
        std::iter::once(effect).chain(force).collect()
    }

    /// Applies an object where it is not so already.
    pub(super) async fn apply_one(&self, one: &Wanted, course: &Course) -> Result<Applied, TaskError> {
        let located = &one.located;
        let doing = format!("apply {}", located.shown());
        let planned = self.planned(&located.object());
        let (live, rehearsed) = match planned {
            // What the plan changes already is compared with that.
            Some(planned) => (present(planned), Rehearsal::Impossible("the plan changes it already".to_owned())),
            None => self.live_and_rehearsed(one, course, &doing).await?,
        };
        let (after, not_validated) = match rehearsed {
            Rehearsal::Result(after) => (after, None),
            Rehearsal::Impossible(why) => (one.object.clone(), Some(why)),
            Rehearsal::Refused => (one.object.clone(), Some("an admission webhook cannot rehearse".to_owned())),
        };
        let secret = located.resource.is_secret();
        let with_status = one.object.get("status").is_some();
        let fields = match &live {
            Some(before) if not_validated.is_none() => differences(before, &after, secret, with_status),
            _ => vec![],
        };
        let mut applied = Applied::of(located, if live.is_some() { Change::Configured } else { Change::Created });
        applied.fields = serde_json::to_value(&fields).unwrap_or_default();
        let owned = live.as_ref().is_some_and(|live| owned_fields(live) == owned_fields(&after));
        let mut effect = self.effects_of(one, course).remove(0);
        if live.is_some() && fields.is_empty() && owned && not_validated.is_none() {
            applied.change = Change::Unchanged;
            // A write that has nothing to do is a read: it must be granted all the same.
            self.admit_read(EffectKind::KubernetesDiff, effect).await?.done(None);
            return Ok(applied);
        }
        effect.note = note(&applied, &fields.iter().map(in_words).collect::<Vec<_>>());
        if course.dry {
            applied.not_validated = not_validated;
            self.admit_read(EffectKind::KubernetesDiff, effect).await?.done(None);
            return Ok(applied);
        }
        match self.admit(EffectKind::KubernetesApply, effect).await? {
            Decision::Perform(permit) => {
                let (step, one, course) = (self.clone(), one.clone(), course.clone());
                let work = async move { step.send_until_possible(&one, &course, &doing).await };
                carry_through(permit, work, None).await?;
            }
            Decision::Simulate(_) => {
                applied.not_validated = not_validated;
                self.plan(&located.object(), Planned::Present(after));
            }
        }
        Ok(applied)
    }

    /// The object as the server has it, none where it does not even have the kind, and what it would make of it.
    async fn live_and_rehearsed(
        &self,
        one: &Wanted,
        course: &Course,
        doing: &str,
    ) -> Result<(Option<Value>, Rehearsal), TaskError> {
        let version = |object: &Value| object.pointer("/metadata/resourceVersion").cloned();
        let mut looks = 0;
        loop {
            looks += 1;
            let live = self.connection.find(doing, &Request::get(one.located.path(None)), course.deadline).await?;
            let rehearsed = self.rehearse(one, course, doing).await?;
            match (&live, &rehearsed) {
                // Something else changed it in between: the difference would not be ours.
                (Some(live), Rehearsal::Result(after)) if looks < LOOKS && version(live) != version(after) => {}
                _ => return Ok((live, rehearsed)),
            }
        }
    }

    async fn rehearse(&self, one: &Wanted, course: &Course, doing: &str) -> Result<Rehearsal, TaskError> {
        let error = match self.connection.attempt(&one.request(course.force, true), course.deadline).await {
            Ok(after) => return Ok(Rehearsal::Result(after)),
            Err(error) => error,
        };
        if let Failure::Server(error) = &error {
            let text = error.to_string();
            if text.contains("does not support dry run") {
                return Ok(Rehearsal::Refused);
            }
            if is_absent(error) {
                if one.new_kind
                    || self.planned_kinds().iter().any(|kind| kind.is(&one.located.resource.group, &one.located.resource.kind))
                {
                    return Ok(Rehearsal::Impossible(format!("the kind {} is not there yet", one.located.resource.kind)));
                }
                // A run would fail as well where nothing makes the namespace.
                if let Some(namespace) = &one.located.namespace
                    && (course.dry || self.gate.gate().mode().performs() || self.makes_namespace(namespace))
                {
                    return Ok(Rehearsal::Impossible(format!("the namespace {namespace} is not there yet")));
                }
            }
        }
        Err(self.connection.explain(doing, error))
    }

    fn makes_namespace(&self, name: &str) -> bool {
        matches!(self.planned(&namespace_object(name)), Some(Planned::Present(_)))
    }

    /// What a new namespace or a new kind needs a moment for is tried again until the deadline.
    async fn send_until_possible(&self, one: &Wanted, course: &Course, doing: &str) -> Result<(), TaskError> {
        loop {
            let error = match self.connection.attempt(&one.request(course.force, false), course.deadline).await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            let passing = match &error {
                Failure::Server(kube::Error::Api(status)) => {
                    let account =
                        status.code == 403 && status.message.contains("service account") && status.message.contains("not found");
                    (status.code == 404 && one.new_kind) || account
                }
                _ => false,
            };
            if !passing || Instant::now() + PAUSE >= course.deadline {
                return Err(self.connection.explain(doing, error));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Waits until the server serves the kind that a definition makes.
    pub(super) async fn until_established(&self, one: &Wanted, deadline: Instant) -> Result<(), TaskError> {
        let doing = format!("wait until the server serves what {} defines", one.located.shown());
        loop {
            let found = self.connection.find(&doing, &Request::get(one.located.path(None)), deadline).await?;
            let conditions = found.as_ref().and_then(|found| found.pointer("/status/conditions")).and_then(Value::as_array);
            let state = |name: &str| conditions.into_iter().flatten().find(|condition| condition["type"] == name);
            if state("Established").is_some_and(|condition| condition["status"] == "True") {
                return Ok(());
            }
            if let Some(refused) = state("NamesAccepted").filter(|condition| condition["status"] == "False") {
                let why = refused["message"].as_str().unwrap_or_default();
                return Err(TaskError::new(ErrorCode::CONFLICT, format!("cannot {doing}: its names are taken: {why}"))
                    .hint("another definition has one of these names"));
            }
            if Instant::now() + PAUSE >= deadline {
                return Err(TaskError::new(ErrorCode::TIMEOUT, format!("cannot {doing}: it takes too long")).retryable());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// The fields that this runner manages.
fn owned_fields(object: &Value) -> Option<&Value> {
    let entries = object.pointer("/metadata/managedFields").and_then(Value::as_array)?;
    entries.iter().find(|entry| entry["manager"] == MANAGER && entry["operation"] == "Apply").map(|entry| &entry["fieldsV1"])
}

fn note(applied: &Applied, fields: &[String]) -> String {
    if applied.change == Change::Created {
        return "created".to_owned();
    }
    let told = fields.iter().take(TOLD).cloned().collect::<Vec<_>>().join(", ");
    match fields.len() {
        0 => "fields are taken under management".to_owned(),
        more if more > TOLD => format!("{told} and {} more", more - TOLD),
        _ => told,
    }
}

/// The object of a namespace.
fn namespace_object(name: &str) -> KubernetesObject {
    KubernetesObject {
        group: String::new(),
        kind: "Namespace".to_owned(),
        scope: KubernetesScope::Cluster,
        name: name.to_owned(),
    }
}
