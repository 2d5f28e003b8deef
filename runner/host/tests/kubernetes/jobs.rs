//! Jobs that run to their end.

use crate::world::{World, finish, pod_spec, world};
use infra_event::ErrorCode;
use infra_host::kubernetes::{Condition, Selection};
use serde_json::{Value, json};
use std::time::Duration;

fn job(name: &str, script: &str) -> String {
    let mut spec = pod_spec(script);
    spec["restartPolicy"] = json!("Never");
    json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": name }, "spec": { "backoffLimit": 0, "template": { "spec": spec } } }).to_string()
}

async fn run(world: &World, manifest: &str) -> Result<Vec<String>, infra_event::TaskError> {
    let run = world.step.run_job(manifest, Some(&world.namespace), Duration::from_secs(60)).await?;
    Ok(finish(run.lines).await?.into_iter().map(|line| line.text).collect())
}

async fn jobs(world: &World) -> Vec<Value> {
    let selection = Selection { kind: "Job".into(), namespace: Some(world.namespace.clone()), ..Selection::default() };
    world.step.list(&selection).await.unwrap()["items"].as_array().cloned().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_followed_and_cleaned_up() {
    let world = world().await;
    assert_eq!(run(&world, &job("fine", "echo one; sleep 1; echo two")).await.unwrap(), ["one", "two"]);
    world.wait("Job", "fine", Condition::Deleted, 30).await.unwrap();
    let error = run(&world, &job("bad", "echo before the end; exit 4")).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::FAILED);
    assert!(
        error.message.contains("it failed: BackoffLimitExceeded") && error.message.contains("before the end"),
        "{}",
        error.message
    );
    world.wait("Job", "bad", Condition::Deleted, 30).await.unwrap();
    assert_eq!(run(&world, r#"{"kind":"Pod"}"#).await.unwrap_err().code, ErrorCode::INVALID);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_dropped_goes() {
    let world = world().await;
    let mut running = world
        .step
        .run_job(&job("long", "echo begun; sleep 1000"), Some(&world.namespace), Duration::from_secs(600))
        .await
        .unwrap();
    assert_eq!(running.lines.next().await.unwrap().unwrap().text, "begun");
    assert_eq!(jobs(&world).await.len(), 1);
    let taken = world.step.run_job(&job("long", "true"), Some(&world.namespace), Duration::from_secs(5)).await.unwrap_err();
    assert_eq!(taken.code, ErrorCode::CONFLICT);
    drop(running);
    world.step.gate.settle().await;
    world.wait("Job", "long", Condition::Deleted, 30).await.unwrap();
}
