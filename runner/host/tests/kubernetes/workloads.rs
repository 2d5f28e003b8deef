//! Rollouts, and going back.

use crate::world::{BUSYBOX, FOREVER, deployment, finish, world};
use infra_event::ErrorCode;
use infra_host::kubernetes::{Condition, WorkloadChange};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_workload_is_scaled_restarted_changed_and_rolled_back() {
    let world = world().await;
    let web = world.target("deploy", "web");
    world.apply(deployment("web", 1, FOREVER).to_string()).await.unwrap();
    let states = world.wait("Deployment", "web", Condition::Rollout, 60).await.unwrap();
    assert!(!states.is_empty() && states.iter().all(|state| !state.message.is_empty()));

    assert_eq!(world.step.change(&web, &WorkloadChange::Scale(2)).await.unwrap().as_deref(), Some("1 to 2 replicas"));
    world.wait("Deployment", "web", Condition::Rollout, 60).await.unwrap();
    assert_eq!(world.step.change(&web, &WorkloadChange::Scale(2)).await.unwrap(), None, "it has two already");

    world.step.change(&web, &WorkloadChange::Restart).await.unwrap();
    world.wait("Deployment", "web", Condition::Rollout, 60).await.unwrap();
    let state = world.step.rollout(&web).await.unwrap();
    assert_eq!(
        (&state["complete"], &state["revision"], &state["replicas"], &state["ready"]),
        (&json!(true), &json!(2), &json!(2), &json!(2))
    );

    let wrong = WorkloadChange::SetImage(vec![("other".into(), "x".into())]);
    let error = world.step.change(&web, &wrong).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.hint.as_deref()), (ErrorCode::NOT_FOUND, Some("it has main")));
    let set = WorkloadChange::SetImage(vec![("*".into(), "infra-bench/none:1".into())]);
    assert_eq!(world.step.change(&web, &set).await.unwrap().as_deref(), Some("*=infra-bench/none:1"));
    let error = world.wait("Deployment", "web", Condition::Rollout, 60).await.unwrap_err();
    assert!(error.message.contains("cannot pull the image `infra-bench/none:1`"), "{}", error.message);

    assert_eq!(world.step.change(&web, &WorkloadChange::Rollback(None)).await.unwrap().as_deref(), Some("to revision 2"));
    world.wait("Deployment", "web", Condition::Rollout, 60).await.unwrap();
    assert_eq!(world.step.rollout(&web).await.unwrap()["images"], json!([BUSYBOX]));
    let unknown = world.step.change(&web, &WorkloadChange::Rollback(Some(99))).await.unwrap_err();
    assert_eq!(unknown.code, ErrorCode::NOT_FOUND);
    let no_workload = world.step.change(&world.target("cm", "kube-root-ca.crt"), &WorkloadChange::Restart).await;
    assert!(matches!(no_workload.unwrap_err().code.as_str(), ErrorCode::INVALID | ErrorCode::NOT_FOUND));
}

fn of_kind(kind: &str, name: &str, script: &str) -> Value {
    let mut object = deployment(name, 1, script);
    object["kind"] = json!(kind);
    if kind == "StatefulSet" {
        object["spec"]["serviceName"] = json!(name);
    } else {
        object["spec"].as_object_mut().unwrap().remove("replicas");
    }
    object
}

#[tokio::test(flavor = "multi_thread")]
async fn sets_are_rolled_out_and_back_too() {
    let world = world().await;
    for kind in ["StatefulSet", "DaemonSet"] {
        let name = kind.to_lowercase();
        let target = world.target(kind, &name);
        world.apply(of_kind(kind, &name, FOREVER).to_string()).await.unwrap();
        world.wait(kind, &name, Condition::Rollout, 60).await.unwrap();
        world.apply(of_kind(kind, &name, "sleep 1000").to_string()).await.unwrap();
        world.wait(kind, &name, Condition::Rollout, 90).await.unwrap();
        assert_eq!(world.step.rollout(&target).await.unwrap()["history"].as_array().unwrap().len(), 2, "{kind}");
        assert_eq!(world.step.change(&target, &WorkloadChange::Rollback(None)).await.unwrap().as_deref(), Some("to revision 1"));
        finish(world.step.wait(&target, Condition::Ready, Duration::from_secs(90)).await.unwrap()).await.unwrap();
        let object = world.get(kind, &name).await.unwrap();
        assert_eq!(object.pointer("/spec/template/spec/containers/0/command/2").unwrap(), FOREVER);
    }
}
