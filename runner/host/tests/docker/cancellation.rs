//! What is cut in the middle is undone or ended, and what a killed runner left is settled.

use crate::world::{IDLE, World, everything, script_body, world};
use infra_effect::{DockerEffect, DockerObject, DockerVerb, Effect, EffectKind};
use infra_event::EffectId;
use infra_host::docker::{ExecRequest, Settled};
use std::future::Future;
use std::time::Duration;

/// Polls the work for a moment, then drops it.
async fn cut(after: Duration, work: impl Future) {
    let _ = tokio::time::timeout(after, work).await;
}

#[tokio::test]
async fn what_was_being_created_is_removed() {
    let world = world(everything()).await;
    let body = script_body(IDLE).to_string();
    for micros in [0, 200, 1000, 3000, 5000, 8000, 15_000, 40_000] {
        let name = world.name(&format!("c{micros}"));
        cut(Duration::from_micros(micros), world.docker.create_container(&name, &body)).await;
        let net = world.name(&format!("n{micros}"));
        cut(Duration::from_micros(micros), world.docker.create_network(&net, "{}")).await;
    }
    world.docker.gate.settle().await;
    let whole = world.docker.host.project_containers(&world.project).await.unwrap();
    // What came to its end before it was cut stays, as it does when a step is cancelled between two calls.
    let mut ended = 0;
    for event in world.events.lock().unwrap().iter() {
        if let infra_event::Event::StepEffect { action: infra_event::EffectAction::Performed, kind, .. } = event {
            ended += usize::from(kind == "docker.container.create");
        }
    }
    assert_eq!(whole.len(), ended);
}

#[tokio::test]
async fn a_start_that_is_cut_ends_first() {
    let world = world(everything()).await;
    let name = world.name("one");
    world.docker.create_container(&name, &script_body(IDLE).to_string()).await.unwrap();
    cut(Duration::from_millis(30), world.docker.start_container(&name)).await;
    world.docker.gate.settle().await;
    let found = world.docker.inspect_container(&name).await.unwrap().unwrap();
    let state = found["State"]["Status"].as_str().unwrap();
    assert!(matches!(state, "running" | "created"), "{state}");
}

fn effect(kind: EffectKind, object: DockerObject) -> Effect {
    let effect =
        DockerEffect { verb: DockerVerb::Run, object, image: None, own: true, container: None, command: vec![], context: None };
    Effect::Docker { kind, effect }
}

async fn settled(world: &World, kind: EffectKind, object: &DockerObject, id: u64) -> Settled {
    world.docker.host.settle(&world.project, &effect(kind, object.clone()), &world.docker.run, EffectId(id)).await.unwrap()
}

#[tokio::test]
async fn what_a_killed_runner_left_is_settled() {
    let world = world(everything()).await;
    let name = world.name("one");
    let object = DockerObject::Container(name.clone());
    world.docker.create_container(&name, &script_body(IDLE).to_string()).await.unwrap();
    let found = world.docker.inspect_container(&name).await.unwrap().unwrap();
    let id: u64 = found["Config"]["Labels"]["dev.infra.effect"].as_str().unwrap().parse().unwrap();
    assert_eq!(settled(&world, EffectKind::ContainerStart, &object, 90).await, Settled::NotHappened);
    world.docker.start_container(&name).await.unwrap();
    assert_eq!(settled(&world, EffectKind::ContainerStart, &object, 90).await, Settled::Happened);
    assert_eq!(settled(&world, EffectKind::ContainerStop, &object, 91).await, Settled::NotHappened);
    // Another effect's container is left alone.
    assert_eq!(settled(&world, EffectKind::ContainerCreate, &object, id + 1000).await, Settled::NotHappened);
    let sleeping = ExecRequest { args: ["sleep", "4714"].map(str::to_owned).to_vec(), ..ExecRequest::default() };
    let mut exec = world.docker.start_exec(&name, sleeping).await.unwrap();
    let of_exec = world.next_effect();
    for later in of_exec..of_exec + 3 {
        settled(&world, EffectKind::ContainerExec, &object, later).await;
    }
    let ended = tokio::time::timeout(Duration::from_secs(10), exec.wait()).await.unwrap().unwrap();
    assert_eq!(ended.code, 137);
    assert_eq!(settled(&world, EffectKind::ContainerCreate, &object, id).await, Settled::Undone);
    assert_eq!(settled(&world, EffectKind::ContainerCreate, &object, id).await, Settled::NotHappened);
    assert_eq!(settled(&world, EffectKind::ContainerRemove, &object, 92).await, Settled::Happened);
    world.docker.create_volume(&name, "{}").await.unwrap();
    assert_eq!(settled(&world, EffectKind::VolumeCreate, &DockerObject::Volume(name.clone()), 93).await, Settled::Happened);
}
