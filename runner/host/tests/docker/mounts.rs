//! What a container may see of the host.

use crate::world::{IDLE, denied, drain, everything, fails, script_body, text, world};
use infra_effect::PathPattern;
use infra_host::docker::Condition;
use serde_json::{Value, json};
use std::time::Duration;

fn body(script: &str, host: Value) -> String {
    let mut body = script_body(script);
    body["HostConfig"] = host;
    body["HostConfig"]["NetworkMode"] = json!("none");
    body.to_string()
}

#[tokio::test]
async fn a_granted_directory_is_seen_and_another_is_not() {
    let world = world(everything()).await;
    std::fs::create_dir(world.root.join("data")).unwrap();
    std::fs::write(world.root.join("data/file"), "inside").unwrap();
    let name = world.name("one");
    let granted = body("cat /seen/file", json!({ "Binds": ["data:/wrong"] }));
    fails(world.docker.create_container(&name, &granted).await, "not-found", "no volume `data`");
    let granted = body("cat /seen/file", json!({ "Binds": ["./data:/seen:ro"] }));
    world.docker.create_container(&name, &granted).await.unwrap();
    world.docker.start_container(&name).await.unwrap();
    drain(&mut world.docker.wait_container(&name, Condition::Ended, Duration::from_secs(20)).await.unwrap()).await.unwrap();
    let mut log = world.docker.read_logs(&name, Default::default()).await.unwrap();
    assert_eq!(text(&mut log).await.0, "inside");
    let mut grant = everything();
    grant.mounts = vec![PathPattern("data:ro".to_owned())];
    let narrow = world.with(grant);
    let writable = body(IDLE, json!({ "Binds": ["./data:/seen"] }));
    denied(narrow.create_container(&world.name("two"), &writable).await, "mounts = [\"data\"]");
    let elsewhere = body(IDLE, json!({ "Mounts": [{ "Type": "bind", "Source": "/etc", "Target": "/x", "ReadOnly": true }] }));
    denied(narrow.create_container(&world.name("two"), &elsewhere).await, "mounts = [\"/etc:ro\"]");
}

#[tokio::test]
async fn the_socket_and_the_infrafile_are_never_mounted() {
    let mut grant = everything();
    grant.mounts.push(PathPattern("/**".to_owned()));
    let world = world(grant).await;
    for bind in ["/var/run/docker.sock:/s", "/var/run:/s:ro", "/run:/s:ro", "/:/s:ro", ".:/s", "./Infrafile.toml:/s:ro"] {
        let error = world.docker.create_container(&world.name("one"), &body(IDLE, json!({ "Binds": [bind] }))).await.unwrap_err();
        assert_eq!(error.code, "denied", "{bind}");
        assert!(error.message.contains("never mounted"), "{bind}: {error:?}");
    }
    let volume = json!({ "DriverOpts": { "type": "none", "o": "bind", "device": "/var/run" } }).to_string();
    let error = world.docker.create_volume(&world.name("v"), &volume).await.unwrap_err();
    assert!(error.message.contains("never mounted"), "{error:?}");
}

#[tokio::test]
async fn a_directory_that_became_a_link_is_not_mounted() {
    let world = world(everything()).await;
    let data = world.root.join("data");
    std::fs::create_dir(&data).unwrap();
    let name = world.name("one");
    world.docker.create_container(&name, &body(IDLE, json!({ "Binds": ["./data:/x"] }))).await.unwrap();
    std::fs::remove_dir(&data).unwrap();
    std::os::unix::fs::symlink("/etc", &data).unwrap();
    let error = world.docker.start_container(&name).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.message.contains("/etc")), ("denied", true), "{error:?}");
}
