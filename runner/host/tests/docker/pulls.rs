//! Pulls, from registries of this machine.

use crate::outside;
use crate::registry::{Fault, Registry, Unsteady, nobody};
use crate::relay::Relay;
use crate::world::{World, denied, drain, everything, fails, through, without, world};
use infra_effect::{DockerGrant, DockerVerb, TextPattern};
use infra_event::{Mode, TaskError};
use infra_host::docker::PullProgress;
use std::time::Duration;

/// Everything, and the images of registries of this machine.
pub fn pulling() -> DockerGrant {
    let mut grant = everything();
    grant.images.push(TextPattern("127.0.0.1:*/*".to_owned()));
    grant
}

/// Puts an image of a layer that no other image has into a registry, and takes it from the daemon.
pub async fn publish(registry: &str, user: Option<(&str, &str)>) -> String {
    let name = format!("{registry}/web:1");
    let mut content = vec![0; 1 << 20];
    getrandom::fill(&mut content).unwrap();
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(u64::try_from(content.len()).unwrap());
    header.set_mode(0o644);
    archive.append_data(&mut header, "content", content.as_slice()).unwrap();
    outside::import(&name, archive.into_inner().unwrap(), &[]).await;
    outside::push(&name, user).await;
    outside::remove_image(&name).await;
    name
}

async fn pull(world: &World, name: &str) -> Result<Vec<PullProgress>, TaskError> {
    drain(&mut world.docker.pull_image(name).await?).await
}

#[tokio::test]
async fn an_image_is_pulled_with_the_progress_of_its_layers() {
    let registry = Registry::open();
    let world = world(pulling()).await;
    let name = publish(&registry.address, None).await;
    denied(world.with(everything()).pull_image(&name).await, &format!("images = [\"{name}\"]"));
    let mut no_pull = pulling();
    no_pull.verbs = without(DockerVerb::Pull).verbs;
    denied(world.with(no_pull).pull_image(&name).await, "verbs = [\"pull\"]");
    assert!(!outside::has_image(&name).await);
    let progress = pull(&world, &name).await.unwrap();
    let whole =
        |one: &PullProgress| one.layer.len() == 12 && one.total.is_some_and(|total| total > 1 << 20 && one.position <= total);
    assert!(progress.iter().any(|one| one.status == "Downloading" && whole(one)), "{progress:?}");
    assert!(progress.iter().any(|one| one.status == "Pull complete"), "{progress:?}");
    assert!(world.docker.inspect_image(&name).await.unwrap().is_some());
    let again = pull(&world, &name).await.unwrap();
    assert!(!again.iter().any(|one| one.status == "Downloading"), "{again:?}");
    world.docker.remove_image(&name).await.unwrap();
    for unknown in [format!("{}/nothing:1", registry.address), format!("{}/web:2", registry.address)] {
        let error = fails(pull(&world, &unknown).await, "not-found", &unknown);
        assert!(!error.retryable);
    }
}

#[tokio::test]
async fn a_registry_that_does_not_answer_is_asked_again_and_then_named() {
    let world = world(pulling()).await;
    let address = nobody();
    let mut pull = world.docker.pull_image(&format!("{address}/web:1")).await.unwrap();
    let first = pull.next().await.unwrap().unwrap();
    assert!(first.status.starts_with("retrying in"), "{first:?}");
    let error = fails(drain(&mut pull).await, "unavailable", &address);
    assert!(error.retryable && error.message.contains("4 attempts"), "{error:?}");
    assert!(error.hint.unwrap().contains("registry"));
}

#[tokio::test]
async fn a_registry_that_fails_at_first_is_asked_again() {
    let registry = Registry::open();
    let world = world(pulling()).await;
    publish(&registry.address, None).await;
    let unsteady = Unsteady::before(&registry.address, Fault::First(2)).await;
    let name = format!("{}/web:1", unsteady.address);
    let progress = pull(&world, &name).await.unwrap();
    assert!(progress.iter().any(|one| one.status.starts_with("retrying in")), "{progress:?}");
    assert!(outside::has_image(&name).await);
    world.docker.remove_image(&name).await.unwrap();
}

#[tokio::test]
async fn a_pull_that_is_dropped_stops_at_the_daemon() {
    let registry = Registry::open();
    let relay = Relay::open();
    let world = through(relay.settings.clone(), Mode::Run, pulling()).await;
    publish(&registry.address, None).await;
    let unsteady = Unsteady::before(&registry.address, Fault::Trickle).await;
    let name = format!("{}/web:1", unsteady.address);
    let pull = world.docker.pull_image(&name).await.unwrap();
    let until = async |counter: &std::sync::atomic::AtomicU32| {
        for _ in 0..500 {
            if counter.load(std::sync::atomic::Ordering::SeqCst) > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it does not come to that");
    };
    until(&unsteady.slow).await;
    assert!(relay.still_open("/images/create"));
    drop(pull);
    relay.hung_up("/images/create").await;
    until(&unsteady.left).await;
    world.docker.gate.settle().await;
    assert!(!outside::has_image(&name).await);
}
