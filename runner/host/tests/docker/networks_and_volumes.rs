//! Networks and volumes.

use crate::outside;
use crate::world::{IDLE, denied, everything, fails, script_body, without, world};
use infra_effect::{DockerVerb, TextPattern};
use serde_json::json;

#[tokio::test]
async fn a_network_lives_and_dies() {
    let world = world(everything()).await;
    let name = world.name("net");
    denied(world.with(without(DockerVerb::Networks)).create_network(&name, "{}").await, "verbs = [\"networks\"]");
    denied(world.docker.create_network(&name, r#"{ "Driver": "macvlan" }"#).await, "options = [\"network-driver=macvlan\"]");
    let id = world.docker.create_network(&name, r#"{ "Labels": { "a": "b" } }"#).await.unwrap();
    let found = world.docker.inspect_network(&name).await.unwrap().unwrap();
    assert_eq!((&found["Id"], &found["Labels"]["a"]), (&json!(id), &json!("b")));
    assert_eq!(found["Labels"]["dev.infra.project"], json!(world.project));
    fails(world.docker.create_network(&name, "{}").await, "conflict", "already");
    denied(world.with(without(DockerVerb::Networks)).remove_network(&name).await, "verbs = [\"networks\"]");
    world.docker.remove_network(&name).await.unwrap();
    world.docker.remove_network(&name).await.unwrap();
    assert_eq!(world.docker.inspect_network(&name).await, Ok(None));
}

#[tokio::test]
async fn a_container_joins_several_networks() {
    let world = world(everything()).await;
    let (one, two) = (world.name("one"), world.name("two"));
    for network in [&one, &two] {
        world.docker.create_network(network, "{}").await.unwrap();
    }
    let mut body = script_body(IDLE);
    body["HostConfig"]["NetworkMode"] = json!(two);
    body["NetworkingConfig"] = json!({ "EndpointsConfig": { &one: { "Aliases": ["a"] }, &two: {} } });
    let name = world.name("c");
    world.docker.create_container(&name, &body.to_string()).await.unwrap();
    let found = world.docker.inspect_container(&name).await.unwrap().unwrap();
    let networks = found["NetworkSettings"]["Networks"].as_object().unwrap();
    assert!(networks.contains_key(&one) && networks.contains_key(&two), "{networks:?}");
}

#[tokio::test]
async fn a_volume_lives_and_dies() {
    let world = world(everything()).await;
    let name = world.name("data");
    denied(world.with(without(DockerVerb::Volumes)).create_volume(&name, "{}").await, "verbs = [\"volumes\"]");
    let options = json!({ "DriverOpts": { "type": "none", "o": "bind", "device": "/etc" } }).to_string();
    denied(world.docker.create_volume(&name, &options).await, "mounts = [\"/etc\"]");
    denied(world.docker.create_volume(&name, r#"{ "Driver": "evil" }"#).await, "options = [\"volume-driver=evil\"]");
    fails(world.docker.create_volume(&name, r#"{ "ClusterVolumeSpec": {} }"#).await, "invalid", "ClusterVolumeSpec");
    world.docker.create_volume(&name, "{}").await.unwrap();
    world.docker.create_volume(&name, "{}").await.unwrap();
    assert_eq!(world.docker.gate.writes(), 1);
    let mut body = script_body(IDLE);
    body["HostConfig"]["Binds"] = json!([format!("{name}:/data")]);
    world.docker.create_container(&world.name("c"), &body.to_string()).await.unwrap();
    fails(world.docker.remove_volume(&name).await, "conflict", "in use");
    world.docker.remove_container(&world.name("c"), true, false).await.unwrap();
    denied(world.with(without(DockerVerb::Clean)).remove_volume(&name).await, "verbs = [\"clean\"]");
    world.docker.remove_volume(&name).await.unwrap();
    world.docker.remove_volume(&name).await.unwrap();
    assert_eq!(world.docker.inspect_volume(&name).await, Ok(None));
}

#[tokio::test]
async fn volumes_and_networks_of_others_are_refused() {
    let world = world(everything()).await;
    let name = world.name("foreign");
    outside::create_volume_and_network(&name).await;
    let line = format!("foreign = [\"{name}\"]");
    denied(world.docker.remove_volume(&name).await, &line);
    denied(world.docker.create_volume(&name, "{}").await, &line);
    denied(world.docker.inspect_network(&name).await, &line);
    let mut body = script_body(IDLE);
    body["HostConfig"]["Mounts"] = json!([{ "Type": "volume", "Source": name, "Target": "/x" }]);
    denied(world.docker.create_container(&world.name("c"), &body.to_string()).await, &line);
    let mut body = script_body(IDLE);
    body["HostConfig"]["NetworkMode"] = json!(name);
    denied(world.docker.create_container(&world.name("c"), &body.to_string()).await, &line);
    let mut grant = everything();
    grant.foreign.push(TextPattern(name.clone()));
    let granted = world.with(grant);
    let mut body = script_body(IDLE);
    body["HostConfig"] = json!({ "NetworkMode": name, "Mounts": [{ "Type": "volume", "Source": name, "Target": "/x" }] });
    granted.create_container(&world.name("c"), &body.to_string()).await.unwrap();
    granted.remove_container(&world.name("c"), true, true).await.unwrap();
    outside::remove_volume_and_network(&name).await;
}
