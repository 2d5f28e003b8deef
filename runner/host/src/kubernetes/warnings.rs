use super::connection::Connection;
use super::request::{Request, soon};
use super::verdict::is_final;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;

/// Warnings in an error.
const MOST: usize = 8;

/// When an event was last seen, as text that sorts by time.
pub(super) fn time(event: &Value) -> &str {
    let at = |key: &str| event[key].as_str().filter(|time| !time.is_empty());
    at("lastTimestamp")
        .or_else(|| at("eventTime"))
        .or_else(|| event.pointer("/metadata/creationTimestamp").and_then(Value::as_str))
        .unwrap_or_default()
}

/// Why pods of an object cannot be created, where a warning since its last change says so and that does not pass.
pub(super) async fn cannot_create(connection: &Arc<Connection>, namespace: &str, object: &Value) -> Option<String> {
    let uid = object.pointer("/metadata/uid")?.as_str()?;
    let request = Request::get(format!("/api/v1/namespaces/{namespace}/events"))
        .with("fieldSelector", format!("type=Warning,reason=FailedCreate,involvedObject.uid={uid}"));
    let list = connection.send("read events", &request, soon()).await.ok()?;
    // Both times are the cluster's.
    let managers = object.pointer("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten();
    let changed = managers
        .filter(|entry| entry["subresource"] != "status" && entry["manager"] != "kube-controller-manager")
        .filter_map(|entry| entry["time"].as_str())
        .max()
        .unwrap_or_default();
    let mut events: Vec<&Value> = list["items"].as_array()?.iter().filter(|event| time(event) >= changed).collect();
    events.sort_by_key(|event| time(event).to_owned());
    let message = events.iter().rev().filter_map(|event| event["message"].as_str()).find(|message| is_final(message))?;
    Some(message.to_owned())
}

/// The newest warnings about some objects, each once, as `FailedMount pod/web-1: …`. Empty where they cannot be read: they only explain.
pub(super) async fn warnings(connection: &Arc<Connection>, namespace: &str, about: &HashSet<String>) -> Vec<String> {
    let request = Request::get(format!("/api/v1/namespaces/{namespace}/events")).with("fieldSelector", "type=Warning");
    let Ok(list) = connection.send("read events", &request, soon()).await else { return vec![] };
    let mut events: Vec<&Value> = list["items"].as_array().into_iter().flatten().collect();
    events.retain(|event| {
        let involved = |key: &str| event["involvedObject"][key].as_str().unwrap_or_default();
        about.contains(involved("uid"))
    });
    events.sort_by_key(|event| time(event).to_owned());
    let mut lines: Vec<String> = vec![];
    for event in events.into_iter().rev() {
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let kind = text("/involvedObject/kind").to_lowercase();
        let line = format!("{} {kind}/{}: {}", text("/reason"), text("/involvedObject/name"), text("/message").trim());
        if !lines.contains(&line) {
            lines.push(line);
        }
        if lines.len() == MOST {
            break;
        }
    }
    lines
}
