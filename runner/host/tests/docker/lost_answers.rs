//! What was asked of the daemon, and whose answer never came.

use crate::outside;
use crate::relay::{Answers, Relay};
use crate::world::{IDLE, World, everything, fails, script_body, through};
use infra_effect::{DockerEffect, DockerObject, DockerVerb, Effect, EffectKind};
use infra_event::{EffectId, Mode};
use infra_host::docker::{DockerHost, DockerSettings, Settled, StepDocker};
use std::sync::Arc;
use std::time::Duration;

async fn losing() -> (Relay, World) {
    let relay = Relay::open();
    let world = through(relay.settings.clone(), Mode::Run, everything()).await;
    (relay, world)
}

async fn has_container(name: &str) -> bool {
    outside::daemon().await.inspect_container(name, None).await.is_ok()
}

async fn has_network(name: &str) -> bool {
    outside::daemon().await.inspect_network(name, None).await.is_ok()
}

/// Waits until it is there.
async fn made(has: impl AsyncFn() -> bool) {
    for _ in 0..500 {
        if has().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it was never made");
}

#[tokio::test]
async fn a_creation_that_is_dropped_before_its_answer_leaves_nothing() {
    let (relay, world) = losing().await;
    let (name, body) = (world.name("one"), script_body(IDLE).to_string());
    relay.answer(Answers::Withheld("/create"));
    tokio::select! {
        _ = world.docker.create_container(&name, &body) => panic!("the answer is withheld"),
        () = made(async || has_container(&name).await) => {}
    }
    tokio::select! {
        _ = world.docker.create_network(&name, "{}") => panic!("the answer is withheld"),
        () = made(async || has_network(&name).await) => {}
    }
    relay.answer(Answers::Whole);
    world.docker.gate.settle().await;
    assert!(!has_container(&name).await);
    assert!(!has_network(&name).await);
}

#[tokio::test]
async fn a_creation_whose_connection_breaks_leaves_nothing_and_can_be_tried_again() {
    let (relay, world) = losing().await;
    let (name, body) = (world.name("one"), script_body(IDLE).to_string());
    relay.answer(Answers::Broken("/create"));
    let error = fails(world.docker.create_container(&name, &body).await, "unavailable", &name);
    assert!(error.retryable);
    fails(world.docker.create_network(&name, "{}").await, "unavailable", &name);
    assert!(relay.writes().iter().any(|request| request.starts_with("DELETE ")), "it was made, and is undone");
    assert!(!has_container(&name).await);
    assert!(!has_network(&name).await);
    relay.answer(Answers::Whole);
    world.docker.create_container(&name, &body).await.unwrap();
    world.docker.create_network(&name, "{}").await.unwrap();
}

/// Begins to create in a runtime of its own, which ends in the middle, as a runner does that is killed.
fn killed(docker: &StepDocker, settings: &DockerSettings, name: &str) -> impl Future<Output = ()> + use<> {
    let docker = StepDocker { host: Arc::new(DockerHost::new(settings.clone())), ..docker.clone() };
    let (name, body) = (name.to_owned(), script_body(IDLE).to_string());
    let doomed = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            tokio::select! {
                _ = docker.create_container(&name, &body) => panic!("the answer is withheld"),
                () = made(async || has_container(&name).await) => {}
            }
            tokio::select! {
                _ = docker.create_network(&name, "{}") => panic!("the answer is withheld"),
                () = made(async || has_network(&name).await) => {}
            }
        });
        runtime.shutdown_background();
    });
    async move { doomed.await.unwrap() }
}

#[tokio::test]
async fn what_a_killed_runner_was_making_is_found_by_its_labels() {
    let (relay, world) = losing().await;
    let (name, bystander) = (world.name("one"), world.runs("other", IDLE).await);
    relay.answer(Answers::Withheld("/create"));
    killed(&world.docker, &relay.settings, &name).await;
    for call in ["/containers/create?", "/networks/create"] {
        assert!(relay.writes().iter().any(|request| request.contains(call)), "{:?}", relay.writes());
    }
    relay.answer(Answers::Whole);
    let docker = outside::daemon().await;
    let container = docker.inspect_container(&name, None).await.unwrap().config.unwrap().labels.unwrap();
    let network = docker.inspect_network(&name, None).await.unwrap().labels.unwrap();
    let resumed = DockerHost::new(DockerSettings::default());
    for (kind, object, labels) in [
        (EffectKind::ContainerCreate, DockerObject::Container(name.clone()), container),
        (EffectKind::NetworkCreate, DockerObject::Network(name.clone()), network),
    ] {
        let effect = DockerEffect {
            verb: DockerVerb::Run,
            object,
            image: None,
            own: true,
            container: None,
            command: vec![],
            context: None,
        };
        let effect = Effect::Docker { kind, effect };
        let id = EffectId(labels["dev.infra.effect"].parse().unwrap());
        let other_run = infra_event::RunId::generate();
        assert_eq!(resumed.settle(&world.project, &effect, &other_run, id).await, Ok(Settled::NotHappened));
        assert_eq!(resumed.settle(&world.project, &effect, &world.docker.run, id).await, Ok(Settled::Undone));
        assert_eq!(resumed.settle(&world.project, &effect, &world.docker.run, id).await, Ok(Settled::NotHappened));
    }
    assert!(!has_container(&name).await);
    assert!(!has_network(&name).await);
    assert!(has_container(&bystander).await);
}
