//! Plans: nothing is written, and what is said comes true.

use crate::world::{FOREVER, config_map, connect, deployment, everything, finish, kubeconfig, make, words};
use infra_event::{ErrorCode, Mode};
use infra_host::kubernetes::{Condition, ExecRequest, ForwardRequest, WorkloadChange};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_what_a_run_does() {
    let world = make(Mode::Plan, everything()).await;
    let (run, _) = connect(Mode::Run, everything(), kubeconfig()).await.unwrap();
    let text = format!("{}\n{}", config_map("c", "1"), deployment("web", 1, FOREVER));
    let planned = world.apply(&text).await.unwrap();
    let (live, _) = connect(Mode::Plan, everything(), kubeconfig()).await.unwrap();
    assert_eq!(live.get(&world.target("ConfigMap", "c")).await.unwrap(), None, "nothing is written");
    let performed = words(&finish(run.apply(text.clone(), world.request()).await.unwrap()).await.unwrap());
    assert_eq!(planned, performed);
    let again = make(Mode::Plan, everything()).await;
    let second = finish(again.step.apply(text, world.request()).await.unwrap()).await.unwrap();
    assert_eq!(words(&second), ["ConfigMap/c unchanged", "Deployment/web unchanged"]);
    assert_eq!(again.step.gate.writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_plan_makes_is_there_for_what_follows() {
    let world = make(Mode::Plan, everything()).await;
    world.apply(format!("{}\n{}", config_map("c", "1"), deployment("web", 1, FOREVER))).await.unwrap();
    assert_eq!(world.get("ConfigMap", "c").await.unwrap()["data"]["key"], "1");
    world.wait("Deployment", "web", Condition::Ready, 1).await.unwrap();
    world.step.change(&world.target("Deployment", "web"), &WorkloadChange::Scale(3)).await.unwrap();
    assert!(world.delete("ConfigMap", "c").await.unwrap());
    assert_eq!(world.get("ConfigMap", "c").await, None);
    world.wait("ConfigMap", "c", Condition::Deleted, 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_cannot_be_asked_about_is_marked() {
    let world = make(Mode::Plan, everything()).await;
    let other = format!("{}-new", world.namespace);
    let group = format!("{}.example", world.namespace);
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": other } });
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": { "name": format!("things.{group}") },
        "spec": { "group": group, "scope": "Namespaced", "names": { "plural": "things", "singular": "thing", "kind": "Thing" },
            "versions": [{ "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": { "type": "object" } } }] },
    });
    let thing = json!({ "apiVersion": format!("{group}/v1"), "kind": "Thing", "metadata": { "name": "t" } });
    let mut inside = config_map("c", "1");
    inside["metadata"]["namespace"] = json!(other);
    let applied = world.apply_with(format!("{namespace}\n{definition}\n{thing}\n{inside}"), world.request()).await.unwrap();
    let marks: Vec<Option<&str>> = applied.iter().map(|one| one.not_validated.as_deref()).collect();
    let no_namespace = format!("the namespace {other} is not there yet");
    assert_eq!(marks, [None, None, Some("the kind Thing is not there yet"), Some(no_namespace.as_str())]);
    assert!(words(&applied).iter().all(|line| line.ends_with("created")));
    // A namespace that nothing makes is an error in the plan as it is in the run.
    inside["metadata"]["namespace"] = json!("there-is-none");
    assert_eq!(world.apply(inside.to_string()).await.unwrap_err().code, ErrorCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_real_thing_answers_is_unknown() {
    let world = make(Mode::Plan, everything()).await;
    let command = ExecRequest {
        kind: "Pod".into(),
        namespace: Some(world.namespace.clone()),
        name: "p".into(),
        args: vec!["true".into()],
        ..ExecRequest::default()
    };
    assert_eq!(world.step.exec(command).await.unwrap_err().code, ErrorCode::UNKNOWN);
    let forward = ForwardRequest {
        kind: "Pod".into(),
        namespace: Some(world.namespace.clone()),
        name: "p".into(),
        ports: vec![(0, "80".into())],
        ..ForwardRequest::default()
    };
    assert_eq!(world.step.port_forward(forward).await.unwrap_err().code, ErrorCode::UNKNOWN);
    let job = json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": "j" }, "spec": { "template": { "spec": { "restartPolicy": "Never", "containers": [{ "name": "main", "image": "x" }] } } } });
    let run = world.step.run_job(&job.to_string(), Some(&world.namespace), Duration::from_secs(5)).await.unwrap();
    assert!(finish(run.lines).await.unwrap().is_empty());
    assert_eq!(world.get("Job", "j").await, None);
}
