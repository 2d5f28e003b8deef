use serde_json::Value;

/// How far something is that is waited for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// As `2 of 3 pods are available`.
    pub message: String,
    /// How many.
    pub position: u64,
    /// Of how many, where that is known.
    pub total: Option<u64>,
}

/// What an object's own state says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Done,
    NotYet(Progress),
    /// It will not be, and why.
    Hopeless(String),
}

impl Verdict {
    fn some(message: impl Into<String>) -> Self {
        Self::NotYet(Progress { message: message.into(), position: 0, total: None })
    }

    fn pods(position: u64, total: u64, what: &str) -> Self {
        Self::NotYet(Progress { message: format!("{position} of {total} pods {what}"), position, total: Some(total) })
    }
}

fn number(object: &Value, pointer: &str) -> u64 {
    object.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn condition<'v>(object: &'v Value, kind: &str) -> Option<&'v Value> {
    let all = object.pointer("/status/conditions").and_then(Value::as_array)?;
    all.iter().find(|condition| condition["type"] == kind)
}

/// Whether a condition's status is this one; other states are told with their reason.
pub(super) fn has_condition(object: &Value, kind: &str, status: &str) -> Verdict {
    let status = if status.is_empty() { "True" } else { status };
    match condition(object, kind) {
        Some(found) if found["status"].as_str().is_some_and(|now| now.eq_ignore_ascii_case(status)) => Verdict::Done,
        Some(found) => {
            let why = [text(found, "/reason"), text(found, "/message")].join(" ");
            Verdict::some(format!("{kind} is {} {}", text(found, "/status"), why.trim()).trim().to_owned())
        }
        None => Verdict::some(format!("it has no condition {kind} yet")),
    }
}

/// Whether the field at a path has this value, or any where it is empty.
pub(super) fn has_field(object: &Value, path: &str, wanted: &str) -> Verdict {
    let found = super::field_path::find(object, path);
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match found {
        Some(value) if wanted.is_empty() && !value.is_null() => Verdict::Done,
        Some(value) if shown(value) == wanted => Verdict::Done,
        Some(value) => Verdict::some(format!("{path} is {}", shown(value))),
        None => Verdict::some(format!("there is no {path} yet")),
    }
}

/// Whether the object's controller has seen its newest state. Until then its pods are those of an older one. Some kinds do not tell.
pub(super) fn is_seen(object: &Value) -> bool {
    let tells = object.pointer("/status/observedGeneration").is_some() || object.pointer("/spec/template").is_some();
    let is_job = object["kind"] == "Job";
    !tells || is_job || number(object, "/status/observedGeneration") >= number(object, "/metadata/generation")
}

/// Whether a workload's rollout is complete, as `kubectl rollout status` has it.
pub(super) fn rollout(kind: &str, object: &Value) -> Verdict {
    if !is_seen(object) {
        return Verdict::some("the change was not seen yet");
    }
    match kind {
        "Deployment" => deployment(object),
        "StatefulSet" => stateful_set(object),
        "DaemonSet" => daemon_set(object),
        "ReplicaSet" | "ReplicationController" => {
            let wanted = replicas(object);
            let available = number(object, "/status/availableReplicas");
            if available >= wanted { Verdict::Done } else { Verdict::pods(available, wanted, "are available") }
        }
        _ => Verdict::Hopeless(format!("a {kind} has no rollout")),
    }
}

fn replicas(object: &Value) -> u64 {
    object.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1)
}

fn deployment(object: &Value) -> Verdict {
    if let Some(progressing) = condition(object, "Progressing")
        && progressing["reason"] == "ProgressDeadlineExceeded"
    {
        return Verdict::Hopeless(format!("it made no progress until its deadline: {}", text(progressing, "/message")));
    }
    if let Some(failure) = condition(object, "ReplicaFailure")
        && failure["status"] == "True"
        && is_final(text(failure, "/message"))
    {
        return Verdict::Hopeless(format!("its pods cannot be created: {}", text(failure, "/message")));
    }
    let wanted = replicas(object);
    let updated = number(object, "/status/updatedReplicas");
    let available = number(object, "/status/availableReplicas");
    let all = number(object, "/status/replicas");
    if updated < wanted {
        return Verdict::pods(updated, wanted, "are updated");
    }
    if all > updated {
        return Verdict::NotYet(Progress {
            message: format!("{} old pods are still there", all - updated),
            position: available.min(wanted),
            total: Some(wanted),
        });
    }
    if available < updated { Verdict::pods(available, updated, "are available") } else { Verdict::Done }
}

fn stateful_set(object: &Value) -> Verdict {
    let wanted = replicas(object);
    let ready = number(object, "/status/readyReplicas");
    if text(object, "/spec/updateStrategy/type") == "OnDelete" {
        return if ready >= wanted { Verdict::Done } else { Verdict::pods(ready, wanted, "are ready") };
    }
    let partition = number(object, "/spec/updateStrategy/rollingUpdate/partition");
    let updated = number(object, "/status/updatedReplicas");
    if ready < wanted {
        return Verdict::pods(ready, wanted, "are ready");
    }
    if partition > 0 {
        let to_update = wanted.saturating_sub(partition);
        return if updated >= to_update { Verdict::Done } else { Verdict::pods(updated, to_update, "are updated") };
    }
    let (update, current) = (text(object, "/status/updateRevision"), text(object, "/status/currentRevision"));
    if update == current { Verdict::Done } else { Verdict::pods(updated, wanted, "are updated") }
}

fn daemon_set(object: &Value) -> Verdict {
    let wanted = number(object, "/status/desiredNumberScheduled");
    let updated = number(object, "/status/updatedNumberScheduled");
    let available = number(object, "/status/numberAvailable");
    let on_delete = text(object, "/spec/updateStrategy/type") == "OnDelete";
    if !on_delete && updated < wanted {
        return Verdict::pods(updated, wanted, "are updated");
    }
    if available < wanted { Verdict::pods(available, wanted, "are available") } else { Verdict::Done }
}

/// Whether a job is complete.
pub(super) fn job(object: &Value) -> Verdict {
    if let Some(failed) = condition(object, "Failed").filter(|failed| failed["status"] == "True") {
        let why = [text(failed, "/reason"), text(failed, "/message")];
        return Verdict::Hopeless(format!("it failed: {}", why.join(": ")));
    }
    if condition(object, "Complete").is_some_and(|complete| complete["status"] == "True") {
        return Verdict::Done;
    }
    let wanted = object.pointer("/spec/completions").and_then(Value::as_u64).unwrap_or(1);
    Verdict::pods(number(object, "/status/succeeded"), wanted, "have succeeded")
}

fn pod(object: &Value) -> Verdict {
    match text(object, "/status/phase") {
        "Succeeded" => Verdict::Done,
        "Failed" => {
            Verdict::Hopeless(format!("it failed: {} {}", text(object, "/status/reason"), text(object, "/status/message")))
        }
        _ => has_condition(object, "Ready", "True"),
    }
}

/// What it takes for an object of its kind to be ready.
pub(super) fn ready(group: &str, kind: &str, object: &Value) -> Verdict {
    match (group, kind) {
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("", "ReplicationController") => {
            rollout(kind, object)
        }
        ("batch", "Job") => job(object),
        ("", "Pod") => pod(object),
        ("", "Namespace") => has_field(object, "status.phase", "Active"),
        ("", "Node") => has_condition(object, "Ready", "True"),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => has_condition(object, "Established", "True"),
        ("apiregistration.k8s.io", "APIService") => has_condition(object, "Available", "True"),
        _ => {
            if object.pointer("/status/observedGeneration").is_some() && !is_seen(object) {
                return Verdict::some("the change was not seen yet");
            }
            match ["Ready", "Available"].iter().find(|name| condition(object, name).is_some()) {
                Some(name) => has_condition(object, name, "True"),
                None => Verdict::Done,
            }
        }
    }
}

/// Whether what a controller says about a pod that it could not create stays so while nobody does anything.
pub(super) fn is_final(message: &str) -> bool {
    let lower = message.to_lowercase();
    ["exceeded quota", "is forbidden", "is invalid", "failed quota", "denied the request"].iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn message(verdict: &Verdict) -> &str {
        match verdict {
            Verdict::Done => "done",
            Verdict::NotYet(progress) => &progress.message,
            Verdict::Hopeless(why) => why,
        }
    }

    #[test]
    fn a_deployment_is_complete_when_only_new_pods_are_available() {
        let of = |status: Value| {
            let object = json!({ "metadata": { "generation": 2 }, "spec": { "replicas": 3 }, "status": status });
            message(&ready("apps", "Deployment", &object)).to_owned()
        };
        assert_eq!(of(json!({ "observedGeneration": 1 })), "the change was not seen yet");
        assert_eq!(of(json!({ "observedGeneration": 2, "updatedReplicas": 1, "replicas": 4 })), "1 of 3 pods are updated");
        assert_eq!(of(json!({ "observedGeneration": 2, "updatedReplicas": 3, "replicas": 4 })), "1 old pods are still there");
        assert_eq!(
            of(json!({ "observedGeneration": 2, "updatedReplicas": 3, "replicas": 3, "availableReplicas": 2 })),
            "2 of 3 pods are available"
        );
        assert_eq!(of(json!({ "observedGeneration": 2, "updatedReplicas": 3, "replicas": 3, "availableReplicas": 3 })), "done");
        let quota = json!({ "observedGeneration": 2, "conditions": [{ "type": "ReplicaFailure", "status": "True", "message": "pods \"x\" is forbidden: exceeded quota: q" }] });
        assert_eq!(of(quota), "its pods cannot be created: pods \"x\" is forbidden: exceeded quota: q");
        let late = json!({ "observedGeneration": 2, "conditions": [{ "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "m" }] });
        assert_eq!(of(late), "it made no progress until its deadline: m");
    }

    #[test]
    fn a_stateful_set_counts_up_to_its_partition() {
        let of = |strategy: Value, status: Value| {
            let object = json!({ "spec": { "replicas": 3, "updateStrategy": strategy }, "status": status });
            message(&rollout("StatefulSet", &object)).to_owned()
        };
        let rolling = |partition: u64| json!({ "type": "RollingUpdate", "rollingUpdate": { "partition": partition } });
        let status = |updated: u64, revision: &str| json!({ "readyReplicas": 3, "updatedReplicas": updated, "updateRevision": revision, "currentRevision": "a" });
        assert_eq!(of(rolling(0), status(1, "b")), "1 of 3 pods are updated");
        assert_eq!(of(rolling(0), status(3, "a")), "done");
        assert_eq!(of(rolling(2), status(1, "b")), "done");
        assert_eq!(of(rolling(1), status(1, "b")), "1 of 2 pods are updated");
        assert_eq!(of(json!({ "type": "OnDelete" }), json!({ "readyReplicas": 2 })), "2 of 3 pods are ready");
    }

    #[test]
    fn a_job_ends_well_or_not() {
        let of = |status: Value| {
            message(&ready("batch", "Job", &json!({ "spec": { "completions": 2 }, "status": status }))).to_owned()
        };
        assert_eq!(of(json!({ "succeeded": 1 })), "1 of 2 pods have succeeded");
        assert_eq!(of(json!({ "conditions": [{ "type": "Complete", "status": "True" }] })), "done");
        let failed =
            json!({ "conditions": [{ "type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "m" }] });
        assert_eq!(of(failed), "it failed: BackoffLimitExceeded: m");
    }

    #[test]
    fn what_has_no_state_is_ready_and_what_has_conditions_says_so() {
        let of = |object: Value| message(&ready("argoproj.io", "Application", &object)).to_owned();
        assert_eq!(of(json!({})), "done");
        assert_eq!(
            of(json!({ "status": { "conditions": [{ "type": "Ready", "status": "False", "reason": "Broken" }] } })),
            "Ready is False Broken"
        );
        assert_eq!(
            of(json!({ "metadata": { "generation": 2 }, "status": { "observedGeneration": 1 } })),
            "the change was not seen yet"
        );
        assert_eq!(message(&has_field(&json!({ "status": { "phase": "Bound" } }), ".status.phase", "Bound")), "done");
        assert_eq!(
            message(&has_field(&json!({ "status": { "phase": "Lost" } }), "status.phase", "Bound")),
            "status.phase is Lost"
        );
    }
}
