//! A container's log.

use crate::world::{denied, drain, everything, text, without, world};
use infra_effect::DockerVerb;
use infra_host::docker::{Condition, LogRequest};
use std::time::Duration;

#[tokio::test]
async fn a_log_is_read_in_parts_and_followed() {
    let world = world(everything()).await;
    let name = world.runs("one", "seq 3; echo bad >&2; sleep 1; echo last").await;
    let follow = LogRequest { follow: true, ..LogRequest::default() };
    let mut log = world.docker.read_logs(&name, follow).await.unwrap();
    assert_eq!(text(&mut log).await, ("1\n2\n3\nlast\n".to_owned(), "bad\n".to_owned()));
    drain(&mut world.docker.wait_container(&name, Condition::Ended, Duration::from_secs(20)).await.unwrap()).await.unwrap();
    let tail = LogRequest { tail: Some(1), timestamps: true, ..LogRequest::default() };
    let (out, _) = text(&mut world.docker.read_logs(&name, tail).await.unwrap()).await;
    assert!(out.ends_with("Z last\n"), "{out}");
    let future = LogRequest { since: Some(4_000_000_000), ..LogRequest::default() };
    assert_eq!(text(&mut world.docker.read_logs(&name, future).await.unwrap()).await, Default::default());
    denied(world.with(without(DockerVerb::Logs)).read_logs(&name, follow).await, "verbs = [\"logs\"]");
}

#[tokio::test]
async fn a_log_that_nobody_follows_any_more_ends() {
    let world = world(everything()).await;
    let name = world.runs("one", "while true; do echo y; done").await;
    let mut log = world.docker.read_logs(&name, LogRequest { follow: true, ..LogRequest::default() }).await.unwrap();
    assert!(log.next().await.unwrap().is_some());
    drop(log);
    world.docker.remove_container(&name, true, true).await.unwrap();
}
