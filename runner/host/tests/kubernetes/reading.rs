//! Objects, lists and events.

use crate::world::{config_map, finish, pod, pod_spec, world};
use infra_event::ErrorCode;
use infra_host::kubernetes::{Condition, Selection, Target};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_listed_by_label_and_page_by_page() {
    let world = world().await;
    let mut all = String::new();
    for number in 0..5 {
        let mut map = config_map(&format!("c{number}"), "1");
        map["metadata"]["labels"] = json!({ "odd": (number % 2 == 1).to_string() });
        all.push_str(&format!("{map}\n"));
    }
    world.apply(all).await.unwrap();
    let selection = Selection {
        kind: "configmaps".into(),
        namespace: Some(world.namespace.clone()),
        labels: Some("odd in (true)".into()),
        ..Selection::default()
    };
    let names = |list: &Value| -> Vec<String> {
        list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    };
    let list = world.step.list(&selection).await.unwrap();
    assert_eq!(names(&list), ["c1", "c3"]);
    assert_eq!(list["items"][0]["kind"], "ConfigMap");
    let page = Selection { labels: Some("odd".into()), limit: Some(2), ..selection };
    let first = world.step.list(&page).await.unwrap();
    assert_eq!(names(&first), ["c0", "c1"]);
    let next = Selection { continue_at: first["metadata"]["continue"].as_str().map(str::to_owned), ..page.clone() };
    assert_eq!(names(&world.step.list(&next).await.unwrap()), ["c2", "c3"]);
    let one = Selection { fields: Some("metadata.name=c4".into()), limit: None, ..page };
    assert_eq!(names(&world.step.list(&one).await.unwrap()), ["c4"]);
    let unknown = Selection { kind: "nothings".into(), ..one };
    assert_eq!(world.step.list(&unknown).await.unwrap_err().code, ErrorCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_those_of_the_object() {
    let world = world().await;
    world.apply(pod("quick", "true").to_string()).await.unwrap();
    let reasons = |events: Value| -> Vec<String> {
        events.as_array().unwrap().iter().map(|event| event["reason"].as_str().unwrap().to_owned()).collect()
    };
    let mut found = vec![];
    for _ in 0..300 {
        found = reasons(world.step.events(&world.target("Pod", "quick")).await.unwrap());
        if found.contains(&"Started".to_owned()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(found.contains(&"Scheduled".to_owned()) && found.contains(&"Started".to_owned()), "{found:?}");
    let everything = Target { namespace: Some(world.namespace.clone()), ..Target::default() };
    assert!(!reasons(world.step.events(&everything).await.unwrap()).is_empty());
    assert!(reasons(world.step.events(&world.target("Pod", "other")).await.unwrap()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_ends_when_it_holds_and_at_its_deadline() {
    let world = world().await;
    let map = world.target("ConfigMap", "late");
    let waiting = world.step.wait(&map, Condition::Exists, Duration::from_secs(60)).await.unwrap();
    world.apply(config_map("late", "1").to_string()).await.unwrap();
    finish(waiting).await.unwrap();
    let changed = world.step.wait(&map, Condition::Field(".data.key".into(), "2".into()), Duration::from_secs(60)).await.unwrap();
    world.apply(config_map("late", "2").to_string()).await.unwrap();
    let states = finish(changed).await.unwrap();
    assert!(states.iter().all(|state| state.message == ".data.key is 1"), "{states:?}");
    let never = world.wait("ConfigMap", "late", Condition::Condition("Ready".into(), String::new()), 1).await.unwrap_err();
    assert_eq!(never.code, ErrorCode::TIMEOUT);
    assert!(never.retryable && never.message.contains("it has no condition Ready yet"), "{}", never.message);
    let absent = world.wait("ConfigMap", "none", Condition::Ready, 5).await.unwrap_err();
    assert_eq!(absent.code, ErrorCode::NOT_FOUND);
    let no_job = world.wait("ConfigMap", "late", Condition::Job, 5).await.unwrap_err();
    assert_eq!(no_job.code, ErrorCode::INVALID);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_for_the_end_is_for_the_object_that_is_there() {
    let world = world().await;
    let mut held = pod("held", "sleep 1000");
    held["metadata"]["finalizers"] = json!(["example.org/held"]);
    held["spec"] = pod_spec("sleep 1000");
    world.apply(held.to_string()).await.unwrap();
    assert!(world.delete("Pod", "held").await.unwrap());
    let error = world.wait("Pod", "held", Condition::Deleted, 3).await.unwrap_err();
    assert!(error.message.contains("held by 1 finalizers"), "{}", error.message);
    world
        .step
        .patch(&world.target("Pod", "held"), infra_host::kubernetes::PatchType::Merge, r#"{"metadata":{"finalizers":null}}"#)
        .await
        .unwrap();
    world.wait("Pod", "held", Condition::Deleted, 60).await.unwrap();
}
