//! Waiting for a container.

use crate::world::{IDLE, denied, drain, everything, fails, script_body, world};
use infra_effect::DockerGrant;
use infra_host::docker::{Condition, StateOfContainer};
use serde_json::json;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(30);

async fn with_health(world: &crate::world::World, what: &str, check: &str, script: &str) -> String {
    let name = world.name(what);
    let mut body = script_body(script);
    body["Healthcheck"] =
        json!({ "Test": ["CMD", "sh", "-c", check], "Interval": 200_000_000, "Retries": 2, "Timeout": 5_000_000_000_u64 });
    world.docker.create_container(&name, &body.to_string()).await.unwrap();
    world.docker.start_container(&name).await.unwrap();
    name
}

#[tokio::test]
async fn running_healthy_and_ended_are_seen() {
    let world = world(everything()).await;
    let name = world.runs("plain", IDLE).await;
    for condition in [Condition::Running, Condition::Healthy] {
        let mut wait = world.docker.wait_container(&name, condition, LONG).await.unwrap();
        let states = drain(&mut wait).await.unwrap();
        assert_eq!(states, [StateOfContainer { status: "running".into(), health: None, exit_code: None }]);
    }
    let name = with_health(&world, "healthy", "true", IDLE).await;
    let mut wait = world.docker.wait_container(&name, Condition::Healthy, LONG).await.unwrap();
    assert_eq!(drain(&mut wait).await.unwrap().last().unwrap().health.as_deref(), Some("healthy"));
    let name = world.runs("short", "exit 3").await;
    let mut wait = world.docker.wait_container(&name, Condition::Ended, LONG).await.unwrap();
    assert_eq!(drain(&mut wait).await.unwrap().last().unwrap().exit_code, Some(3));
}

#[tokio::test]
async fn a_container_that_fails_says_why() {
    let world = world(everything()).await;
    let name = with_health(&world, "sick", "echo probe-says-no; false", "seq 30; echo broken; sleep 600").await;
    let mut wait = world.docker.wait_container(&name, Condition::Healthy, LONG).await.unwrap();
    let error = fails(drain(&mut wait).await, "failed", "is unhealthy");
    assert!(error.message.contains("probe-says-no") && error.message.contains("broken"), "{error:?}");
    let log = error.details.unwrap()["log"].as_array().unwrap().clone();
    assert_eq!(log.len(), 20);
    let name = world.runs("ended", "echo no configuration; exit 2").await;
    // Without a health check it would do to be seen running.
    let mut ended = world.docker.wait_container(&name, Condition::Ended, LONG).await.unwrap();
    drain(&mut ended).await.unwrap();
    let mut wait = world.docker.wait_container(&name, Condition::Healthy, LONG).await.unwrap();
    let error = fails(drain(&mut wait).await, "failed", "has ended with exit code 2");
    assert!(error.message.contains("no configuration"));
    fails(drain(&mut wait).await, "failed", "has ended");
}

#[tokio::test]
async fn waiting_has_an_end() {
    let world = world(everything()).await;
    let name = world.runs("forever", "echo still here; sleep 600").await;
    let mut wait = world.docker.wait_container(&name, Condition::Ended, Duration::from_millis(600)).await.unwrap();
    let error = fails(drain(&mut wait).await, "timeout", "still here");
    assert!(error.retryable);
    fails(world.docker.wait_container(&world.name("none"), Condition::Ended, LONG).await, "not-found", "no container");
    let mut other = world.with(DockerGrant::default());
    other.project = "another".to_owned();
    denied(other.wait_container(&name, Condition::Running, LONG).await, "foreign");
}
