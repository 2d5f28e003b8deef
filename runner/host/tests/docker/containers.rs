//! Create, start, stop, remove, inspect, list.

use crate::outside;
use crate::world::{IDLE, denied, everything, fails, image, script_body, without, world};
use infra_effect::{DockerGrant, DockerVerb, TextPattern};
use serde_json::json;

#[tokio::test]
async fn a_daemon_says_what_it_is() {
    let world = world(everything()).await;
    let daemon = world.docker.ping().await.unwrap();
    assert!(!daemon.version.is_empty() && daemon.api_version.starts_with("1."), "{daemon:?}");
    let mut none = world.with(DockerGrant::default());
    none.gate = world.docker.gate.gate().step(infra_event::StepId(2), Default::default(), std::sync::Arc::new(|_| {}));
    denied(none.ping().await, "docker = [{");
}

#[tokio::test]
async fn a_container_lives_and_dies_and_twice_changes_nothing() {
    let world = world(everything()).await;
    let docker = &world.docker;
    let name = world.name("one");
    assert_eq!(docker.inspect_container(&name).await, Ok(None));
    let id = docker.create_container(&name, &script_body(IDLE).to_string()).await.unwrap();
    let made = docker.inspect_container(&id).await.unwrap().unwrap();
    let labels = &made["Config"]["Labels"];
    assert_eq!(labels["dev.infra.project"], json!(world.project));
    assert_eq!(labels["dev.infra.run"], json!(docker.run));
    assert!(labels["dev.infra.effect"].is_string());
    fails(docker.create_container(&name, &script_body(IDLE).to_string()).await, "conflict", "already");
    docker.start_container(&name).await.unwrap();
    assert_eq!(docker.gate.writes(), 2);
    docker.start_container(&name).await.unwrap();
    assert_eq!(docker.gate.writes(), 2, "it runs already");
    let listed = docker.list_containers(&[format!("dev.infra.project={}", world.project)], false).await.unwrap();
    assert_eq!(listed[0]["Names"], json!([format!("/{name}")]));
    let found = docker.host.project_containers(&world.project).await.unwrap();
    assert_eq!((found.len(), found[0].name.as_str(), found[0].state.as_str()), (1, name.as_str(), "running"));
    fails(docker.remove_container(&name, false, true).await, "conflict", "running");
    docker.stop_container(&name, Some(1)).await.unwrap();
    docker.stop_container(&name, Some(1)).await.unwrap();
    docker.remove_container(&name, false, true).await.unwrap();
    docker.remove_container(&name, false, true).await.unwrap();
    assert_eq!(docker.gate.writes(), 5, "create, start, a removal that fails, stop, remove");
    fails(docker.start_container(&name).await, "not-found", "no container");
}

#[tokio::test]
async fn each_verb_needs_its_grant() {
    let world = world(everything()).await;
    let name = world.runs("one", IDLE).await;
    let no_run = world.with(without(DockerVerb::Run));
    denied(no_run.create_container(&world.name("two"), &script_body(IDLE).to_string()).await, "verbs = [\"run\"]");
    denied(no_run.start_container(&name).await, "verbs = [\"run\"]");
    denied(world.with(without(DockerVerb::Stop)).stop_container(&name, None).await, "verbs = [\"stop\"]");
    denied(world.with(without(DockerVerb::Remove)).remove_container(&name, true, true).await, "verbs = [\"remove\"]");
    let mut other = script_body(IDLE);
    other["Image"] = json!("debian");
    denied(world.docker.create_container(&world.name("two"), &other.to_string()).await, "images = [\"debian:latest\"]");
    let mut privileged = script_body(IDLE);
    privileged["HostConfig"]["Privileged"] = json!(true);
    denied(world.docker.create_container(&world.name("two"), &privileged.to_string()).await, "options = [\"privileged\"]");
    let mut public = script_body(IDLE);
    public["HostConfig"]["PortBindings"] = json!({ "80/tcp": [{ "HostPort": "18080" }] });
    denied(world.docker.create_container(&world.name("two"), &public.to_string()).await, "ports = [\"0.0.0.0:18080\"]");
    assert_eq!(world.docker.inspect_container(&world.name("two")).await, Ok(None));
}

#[tokio::test]
async fn what_belongs_to_others_needs_a_grant_by_name() {
    let world = world(everything()).await;
    let foreign = world.name("foreign");
    let label = format!("dev.infra.project={}", world.project);
    // The project's label alone, as an image may carry it, makes nothing the project's own.
    outside::run(&foreign, image(), &[("dev.infra.project", &world.project)]).await;
    let line = format!("foreign = [\"{foreign}\"]");
    denied(world.docker.inspect_container(&foreign).await, &line);
    denied(world.docker.stop_container(&foreign, Some(0)).await, &line);
    denied(world.docker.remove_container(&foreign, true, true).await, &line);
    denied(world.docker.read_logs(&foreign, Default::default()).await, &line);
    let id = outside::daemon().await.inspect_container(&foreign, None).await.unwrap().id.unwrap();
    denied(world.docker.remove_container(&id, true, true).await, &line);
    let mut sharing = script_body(IDLE);
    sharing["HostConfig"]["NetworkMode"] = json!(format!("container:{foreign}"));
    let mut grant = everything();
    grant.options.push(TextPattern("network=*".to_owned()));
    grant.options.extend([TextPattern("pid=**".to_owned()), TextPattern("ipc=**".to_owned())]);
    let sharing_too = world.with(grant);
    denied(sharing_too.create_container(&world.name("sharing"), &sharing.to_string()).await, &line);
    for mode in ["PidMode", "IpcMode"] {
        let mut sharing = script_body(IDLE);
        sharing["HostConfig"][mode] = json!(format!("container:{foreign}"));
        denied(sharing_too.create_container(&world.name("sharing"), &sharing.to_string()).await, &line);
    }
    assert_eq!(world.docker.list_containers(std::slice::from_ref(&label), true).await, Ok(json!([])));
    let mut grant = everything();
    grant.foreign.push(TextPattern(foreign.clone()));
    let granted = world.with(grant);
    assert!(granted.inspect_container(&foreign).await.unwrap().is_some());
    assert_eq!(granted.list_containers(&[label], true).await.unwrap()[0]["Names"], json!([format!("/{foreign}")]));
    granted.remove_container(&id, true, true).await.unwrap();
}

#[tokio::test]
async fn a_port_that_is_taken_says_by_whom() {
    let world = world(everything()).await;
    let body = |port: u16| {
        let mut body = script_body(IDLE);
        body["HostConfig"] = json!({ "PortBindings": { "80/tcp": [{ "HostIp": "127.0.0.1", "HostPort": port.to_string() }] } });
        body.to_string()
    };
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free().local_addr().unwrap().port();
    let (first, second, third) = (world.name("first"), world.name("second"), world.name("third"));
    world.docker.create_container(&first, &body(port)).await.unwrap();
    world.docker.start_container(&first).await.unwrap();
    world.docker.create_container(&second, &body(port)).await.unwrap();
    let error = fails(world.docker.start_container(&second).await, "conflict", &port.to_string());
    assert!(error.hint.unwrap().contains(&first));
    assert_eq!(error.details.unwrap()["container"], json!(first));
    let listener = free();
    let port = listener.local_addr().unwrap().port();
    world.docker.create_container(&third, &body(port)).await.unwrap();
    let error = fails(world.docker.start_container(&third).await, "conflict", &port.to_string());
    let hint = error.hint.unwrap();
    assert!(hint.contains(&format!("(process {}) listens on port {port}", std::process::id())), "{hint}");
    assert!(error.details.unwrap()["process"].is_string());
}

#[tokio::test]
async fn an_image_that_is_not_there_says_so() {
    let world = world(everything()).await;
    let mut body = script_body(IDLE);
    body["Image"] = json!("infra-test/nothing:1");
    fails(world.docker.create_container(&world.name("one"), &body.to_string()).await, "not-found", "infra-test/nothing:1");
}
