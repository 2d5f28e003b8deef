//! Server-side apply: what changes, in which order, whose fields.

use crate::world::{FOREVER, config_map, deployment, finish, words, world};
use infra_event::ErrorCode;
use infra_host::kubernetes::{ApplyRequest, Condition, PatchType};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_so_already_is_not_written_again() {
    let world = world().await;
    let text = format!("{}\n{}", config_map("c", "1"), deployment("web", 1, FOREVER));
    assert_eq!(world.apply(&text).await.unwrap(), ["ConfigMap/c created", "Deployment/web created"]);
    world.wait("Deployment", "web", Condition::Ready, 60).await.unwrap();
    let before = world.get("ConfigMap", "c").await.unwrap()["metadata"]["resourceVersion"].clone();
    let writes = world.step.gate.writes();
    assert_eq!(world.apply(&text).await.unwrap(), ["ConfigMap/c unchanged", "Deployment/web unchanged"]);
    assert_eq!(world.step.gate.writes(), writes, "a second time writes nothing");
    assert_eq!(world.get("ConfigMap", "c").await.unwrap()["metadata"]["resourceVersion"], before);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_field_that_changes_is_told() {
    let world = world().await;
    world.apply(deployment("web", 1, FOREVER).to_string()).await.unwrap();
    let applied = world.apply_with(deployment("web", 2, "sleep 1000").to_string(), world.request()).await.unwrap();
    assert_eq!(words(&applied), ["Deployment/web configured"]);
    let fields: Vec<&str> = applied[0].fields.as_array().unwrap().iter().filter_map(|field| field["field"].as_str()).collect();
    assert_eq!(fields, ["spec.replicas", "spec.template.spec.containers[main].command[2]"]);
    assert!(
        world
            .told()
            .iter()
            .any(|line| line.starts_with("kubernetes.apply performed bench: ") && line.contains("spec.replicas 1 → 2"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_managers_field_is_a_conflict_with_its_name() {
    let world = world().await;
    world.apply(config_map("c", "1").to_string()).await.unwrap();
    // Another manager takes the field.
    let path = format!("/api/v1/namespaces/{}/configmaps/c", world.namespace);
    crate::servers::patch_as("someone-else", &path, &json!({ "data": { "key": "theirs" } })).await;
    let error = world.apply(config_map("c", "2").to_string()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::CONFLICT);
    assert!(error.message.contains("`someone-else` manages data.key"), "{}", error.message);
    assert_eq!(error.details.unwrap()["managers"], json!(["someone-else"]));
    let forced = ApplyRequest { force: true, ..world.request() };
    assert_eq!(words(&world.apply_with(config_map("c", "2").to_string(), forced).await.unwrap()), ["ConfigMap/c configured"]);
    assert_eq!(world.get("ConfigMap", "c").await.unwrap()["data"]["key"], "2");
}

/// A definition and an object of it in one text, the object first.
fn definition_and_object(group: &str, name: &str) -> String {
    let schema = json!({ "type": "object", "properties": { "spec": { "type": "object", "properties": { "size": { "type": "integer" } } } } });
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": { "name": format!("widgets.{group}") },
        "spec": {
            "group": group, "scope": "Namespaced", "names": { "plural": "widgets", "singular": "widget", "kind": "Widget" },
            "versions": [{ "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": schema } }],
        },
    });
    let object =
        json!({ "apiVersion": format!("{group}/v1"), "kind": "Widget", "metadata": { "name": name }, "spec": { "size": 1 } });
    format!("{object}\n{definition}")
}

#[tokio::test(flavor = "multi_thread")]
async fn namespaces_and_definitions_come_before_what_needs_them() {
    let world = world().await;
    let group = format!("{}.example", world.namespace);
    let other = format!("{}-b", world.namespace);
    let inside = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "c", "namespace": other } });
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": other } });
    world.made(&format!("CustomResourceDefinition/widgets.{group}"));
    world.made(&format!("Namespace/{other}"));
    let text = format!("{}\n{inside}\n{namespace}", definition_and_object(&group, "w"));
    let expected = [
        format!("Namespace/{other} created"),
        format!("CustomResourceDefinition/widgets.{group} created"),
        "Widget/w created".to_owned(),
        "ConfigMap/c created".to_owned(),
    ];
    assert_eq!(world.apply(&text).await.unwrap(), expected);
    assert_eq!(world.get(&format!("widgets.{group}"), "w").await.unwrap()["spec"]["size"], 1);
    assert!(world.apply(&text).await.unwrap().iter().all(|line| line.ends_with("unchanged")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_of_the_set_and_not_wanted_any_more_goes() {
    let world = world().await;
    let as_set = |set: &str| ApplyRequest { prune: Some(format!("{}-{set}", world.namespace)), ..world.request() };
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": "s" },
        "spec": { "selector": { "app": "none" }, "ports": [{ "port": 80, "protocol": "TCP" }] },
    });
    let three = format!("{}\n{}\n{service}", config_map("a", "1"), config_map("b", "1"));
    assert_eq!(world.apply_with(&three, as_set("one")).await.unwrap().len(), 3);
    world.apply_with(config_map("other", "1").to_string(), as_set("two")).await.unwrap();
    world.apply(config_map("free", "1").to_string()).await.unwrap();

    let compared =
        world.apply_with(config_map("a", "1").to_string(), ApplyRequest { compare: true, ..as_set("one") }).await.unwrap();
    assert_eq!(words(&compared)[0], "ConfigMap/a unchanged");
    assert!(world.get("ConfigMap", "b").await.is_some(), "comparing deletes nothing");
    let mut left = words(&world.apply_with(config_map("a", "1").to_string(), as_set("one")).await.unwrap());
    left.sort();
    // The endpoints of a Service have its labels, and go with it.
    assert_eq!(left, ["ConfigMap/a unchanged", "ConfigMap/b deleted", "Service/s deleted"]);
    for (name, there) in [("a", true), ("b", false), ("other", true), ("free", true)] {
        assert_eq!(world.get("ConfigMap", name).await.is_some(), there, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_is_told_with_the_object() {
    let world = world().await;
    let wrong = json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": "s" }, "spec": { "ports": [{ "port": 99_999_999, "protocol": "TCP" }] } });
    let error = world.apply(wrong.to_string()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::INVALID);
    assert!(
        error.message.contains(&format!("Service {}/s", world.namespace)) && error.message.contains("99999999"),
        "{}",
        error.message
    );
    let unknown = world.apply("apiVersion: example.org/v1\nkind: Nothing\nmetadata: {name: a}\n").await.unwrap_err();
    assert_eq!(unknown.code, ErrorCode::NOT_FOUND);
    assert!(unknown.message.starts_with("line 1 of the manifest: "), "{}", unknown.message);
    let old = world.apply("apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: a}\n").await.unwrap_err();
    assert_eq!(old.hint.as_deref(), Some("this server has it as `apiVersion: apps/v1`"));
    let mut nowhere = config_map("c", "1");
    nowhere["metadata"]["namespace"] = json!("there-is-none");
    assert_eq!(world.apply(nowhere.to_string()).await.unwrap_err().code, ErrorCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_is_told_as_one() {
    let world = world().await;
    let quota = json!({ "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "q" }, "spec": { "hard": { "configmaps": "2" } } });
    world.apply(quota.to_string()).await.unwrap();
    world.wait("ResourceQuota", "q", Condition::Field("status.hard.configmaps".into(), "2".into()), 60).await.unwrap();
    // One is the cluster's own in newer versions.
    let all: String = ["a", "b", "c"].iter().map(|name| format!("{}\n", config_map(name, "1"))).collect();
    let error = world.apply(all).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::CONFLICT);
    assert!(error.message.contains("exceeded quota: q"), "{}", error.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_patched_and_deleted() {
    let world = world().await;
    world.apply(config_map("c", "1").to_string()).await.unwrap();
    let target = world.target("cm", "c");
    let after = world.step.patch(&target, PatchType::Merge, r#"{"data":{"more":"x"}}"#).await.unwrap();
    assert_eq!(after["data"], json!({ "key": "1", "more": "x" }));
    let after = world.step.patch(&target, PatchType::Json, r#"[{"op":"remove","path":"/data/more"}]"#).await.unwrap();
    assert_eq!(after["data"], json!({ "key": "1" }));
    let writes = world.step.gate.writes();
    world.step.patch(&target, PatchType::Merge, r#"{"data":{"key":"1"}}"#).await.unwrap();
    assert_eq!(world.step.gate.writes(), writes, "a patch that changes nothing writes nothing");
    assert_eq!(
        world.step.patch(&world.target("cm", "none"), PatchType::Merge, "{}").await.unwrap_err().code,
        ErrorCode::NOT_FOUND
    );
    assert_eq!(world.step.patch(&target, PatchType::Merge, "{").await.unwrap_err().code, ErrorCode::INVALID);
    let gone = world.step.wait(&target, Condition::Deleted, std::time::Duration::from_secs(60)).await.unwrap();
    assert!(world.delete("ConfigMap", "c").await.unwrap());
    finish(gone).await.unwrap();
    assert!(!world.delete("ConfigMap", "c").await.unwrap(), "there is none any more");
    assert_eq!(world.get("ConfigMap", "c").await.map(|_: Value| ()), None);
}
