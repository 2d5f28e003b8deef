use serde_json::Value;
use std::time::Duration;

/// Why a pod will not be ready, as far as its own state tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// One sentence without its subject.
    pub(super) what: String,
    /// The container that has it; its log may say more.
    pub(super) container: Option<String>,
    /// How long it may pass by itself.
    pub(super) patience: Duration,
}

/// Nothing changes by itself.
const NONE: Duration = Duration::ZERO;
/// Something else may be on its way: a registry, a ConfigMap.
const SHORT: Duration = Duration::from_secs(8);
/// A node may come, or go on to have room.
const LONG: Duration = Duration::from_secs(20);
/// A container that ended so often again will end again.
const RESTARTS: u64 = 2;

/// What keeps a pod from being ready and does not pass.
pub(super) fn trouble(pod: &Value) -> Option<Trouble> {
    if pod.pointer("/metadata/deletionTimestamp").is_some() {
        return None;
    }
    unschedulable(pod).or_else(|| {
        let lists = ["/status/initContainerStatuses", "/status/containerStatuses"];
        let all = lists.iter().flat_map(|list| pod.pointer(list).and_then(Value::as_array).into_iter().flatten());
        all.filter_map(of_container).min_by_key(|trouble| trouble.patience)
    })
}

fn unschedulable(pod: &Value) -> Option<Trouble> {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array)?;
    let scheduled = conditions.iter().find(|condition| condition["type"] == "PodScheduled")?;
    if scheduled["status"] != "False" || scheduled["reason"] != "Unschedulable" {
        return None;
    }
    let why = scheduled["message"].as_str().unwrap_or_default();
    Some(Trouble { what: format!("fits no node: {why}"), container: None, patience: LONG })
}

fn of_container(status: &Value) -> Option<Trouble> {
    let text = |pointer: &str| status.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (name, image) = (text("/name"), text("/image"));
    let message = text("/state/waiting/message");
    let trouble = |what: String, patience| Some(Trouble { what, container: Some(name.to_owned()), patience });
    match text("/state/waiting/reason") {
        "InvalidImageName" | "ErrImageNeverPull" => {
            trouble(format!("cannot have the image `{image}` of its container `{name}`: {message}"), NONE)
        }
        reason @ ("ErrImagePull" | "ImagePullBackOff" | "RegistryUnavailable" | "ImageInspectError") => {
            let patience = if is_refused(message) { NONE } else { SHORT };
            let why = if message.is_empty() { reason } else { message };
            trouble(format!("cannot pull the image `{image}` of its container `{name}`: {why}"), patience)
        }
        "CrashLoopBackOff" => {
            let restarts = status["restartCount"].as_u64().unwrap_or(0);
            let patience = if restarts >= RESTARTS { NONE } else { LONG };
            trouble(format!("container `{name}` ends again and again ({restarts} restarts{})", last_end(status)), patience)
        }
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
            trouble(format!("container `{name}` cannot be made: {message}"), SHORT)
        }
        _ => None,
    }
}

/// How the container ended last.
fn last_end(status: &Value) -> String {
    let Some(end) = status.pointer("/lastState/terminated") else { return String::new() };
    match end["reason"].as_str() {
        Some("OOMKilled") => "; it was killed because it used more memory than its limit (OOMKilled)".to_owned(),
        _ => end["exitCode"].as_i64().map(|code| format!("; last with exit code {code}")).unwrap_or_default(),
    }
}

/// Whether a registry answered, and its answer stays so.
pub(super) fn is_refused(message: &str) -> bool {
    let lower = message.to_lowercase();
    let words =
        ["not found", "manifest unknown", "does not exist", "access denied", "unauthorized", "denied:", "invalid reference"];
    words.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn waiting(reason: &str, message: &str, restarts: u64) -> Option<Trouble> {
        let last = json!({ "terminated": { "exitCode": 137, "reason": "OOMKilled" } });
        trouble(&json!({ "status": { "containerStatuses": [{
            "name": "web", "image": "x:1", "restartCount": restarts, "lastState": last,
            "state": { "waiting": { "reason": reason, "message": message } },
        }] } }))
    }

    #[test]
    fn what_does_not_pass_is_told_at_once() {
        let refused = waiting("ErrImagePull", "manifest for x:1 not found: manifest unknown", 0).unwrap();
        assert_eq!(refused.patience, NONE);
        assert_eq!(
            refused.what,
            "cannot pull the image `x:1` of its container `web`: manifest for x:1 not found: manifest unknown"
        );
        assert_eq!(waiting("ErrImagePull", "dial tcp: connection refused", 0).unwrap().patience, SHORT);
        let crash = waiting("CrashLoopBackOff", "", 3).unwrap();
        assert_eq!(crash.patience, NONE);
        assert!(crash.what.contains("3 restarts; it was killed because it used more memory"), "{}", crash.what);
        assert_eq!(waiting("CrashLoopBackOff", "", 1).unwrap().patience, LONG);
        assert_eq!(waiting("ContainerCreating", "", 0), None);
    }

    #[test]
    fn a_pod_that_goes_has_no_trouble() {
        let mut pod = json!({ "metadata": {}, "status": { "conditions": [{ "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes" }] } });
        assert_eq!(trouble(&pod).unwrap().what, "fits no node: 0/1 nodes");
        pod["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        assert_eq!(trouble(&pod), None);
    }
}
