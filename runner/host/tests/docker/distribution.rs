//! What a registry says about an image, without a pull.

use crate::outside;
use crate::pulls::{publish, pulling};
use crate::registry::{Registry, nobody};
use crate::relay::Relay;
use crate::world::{denied, everything, fails, through, without};
use infra_effect::DockerVerb;
use infra_event::Mode;

#[tokio::test]
async fn a_registry_is_asked_also_in_a_plan() {
    let registry = Registry::open();
    let name = publish(&registry.address, None).await;
    for mode in [Mode::Run, Mode::Plan] {
        let relay = Relay::open();
        let world = through(relay.settings.clone(), mode, pulling()).await;
        let found = world.docker.inspect_distribution(&name).await.unwrap().unwrap();
        assert!(found["Descriptor"]["digest"].as_str().unwrap().starts_with("sha256:"), "{found}");
        for unknown in [format!("{}/nothing:1", registry.address), format!("{}/web:2", registry.address)] {
            assert_eq!(world.docker.inspect_distribution(&unknown).await, Ok(None), "{unknown}");
        }
        assert_eq!((world.docker.gate.writes(), relay.writes()), (0, vec![]));
    }
    assert!(!outside::has_image(&name).await, "nothing is pulled");
}

#[tokio::test]
async fn a_registry_that_does_not_answer_is_unavailable() {
    let world = crate::world::world(pulling()).await;
    let address = nobody();
    let error = fails(world.docker.inspect_distribution(&format!("{address}/web:1")).await, "unavailable", &address);
    assert!(error.retryable);
}

#[tokio::test]
async fn asking_needs_the_grant_to_pull() {
    let relay = Relay::open();
    let world = through(relay.settings.clone(), Mode::Run, pulling()).await;
    let name = format!("{}/web:1", nobody());
    let mut no_pull = pulling();
    no_pull.verbs = without(DockerVerb::Pull).verbs;
    denied(world.with(no_pull).inspect_distribution(&name).await, "verbs = [\"pull\"]");
    denied(world.with(everything()).inspect_distribution(&name).await, &format!("images = [\"{name}\"]"));
    fails(world.docker.inspect_distribution("a/../b").await, "invalid", "a/../b");
    assert_eq!(relay.requests(), Vec::<String>::new());
}
