//! A plan changes nothing, and sees what it would have made.

use crate::outside;
use crate::relay::Relay;
use crate::world::{IDLE, drain, everything, fails, image, script_body, through};
use infra_event::{EffectAction, Event, Mode};
use infra_host::docker::{BuildRequest, Condition, ExecRequest};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_plan_sees_what_it_would_make() {
    let relay = Relay::open();
    let world = through(relay.settings.clone(), Mode::Plan, everything()).await;
    let docker = &world.docker;
    let (net, data, name) = (world.name("net"), world.name("data"), world.name("db"));
    let image = "infra-test/not-pulled:1";
    assert_eq!(docker.inspect_image(image).await, Ok(None));
    assert!(drain(&mut docker.pull_image(image).await.unwrap()).await.unwrap().is_empty());
    assert_eq!(docker.inspect_image(image).await.unwrap().unwrap()["RepoTags"], json!([image]));
    docker.create_network(&net, "{}").await.unwrap();
    docker.create_volume(&data, "{}").await.unwrap();
    assert!(docker.inspect_network(&net).await.unwrap().is_some());
    assert!(docker.inspect_volume(&data).await.unwrap().is_some());
    let mut body = script_body(IDLE);
    body["Image"] = json!(image);
    body["HostConfig"] = json!({ "NetworkMode": net, "Binds": [format!("{data}:/data")] });
    body["Labels"] = json!({ "service": "db" });
    assert_eq!(docker.create_container(&name, &body.to_string()).await.unwrap(), name);
    fails(docker.create_container(&name, &body.to_string()).await, "conflict", "already");
    docker.start_container(&name).await.unwrap();
    docker.start_container(&name).await.unwrap();
    let mut wait = docker.wait_container(&name, Condition::Healthy, Duration::from_secs(60)).await.unwrap();
    drain(&mut wait).await.unwrap();
    assert_eq!(docker.inspect_container(&name).await.unwrap().unwrap()["State"]["Running"], json!(true));
    let listed = docker.list_containers(&["service=db".to_owned()], false).await.unwrap();
    assert_eq!(listed[0]["Names"], json!([format!("/{name}")]));
    assert_eq!(docker.list_containers(&["service=x".to_owned()], false).await, Ok(json!([])));
    assert!(drain(&mut docker.read_logs(&name, Default::default()).await.unwrap()).await.unwrap().is_empty());
    let exec = ExecRequest { args: vec!["true".to_owned()], ..ExecRequest::default() };
    let unknown = docker.start_exec(&name, exec).await.unwrap_err();
    assert_eq!(unknown.code, "unknown-until-applied");
    docker.remove_container(&name, true, true).await.unwrap();
    assert_eq!(docker.inspect_container(&name).await, Ok(None));
    // Nothing of it is there, and nothing but reads reached the daemon.
    assert!(relay.requests().len() > 5 && relay.writes().is_empty(), "{:?}", relay.writes());
    let daemon = outside::daemon().await;
    assert!(daemon.inspect_network(&net, None).await.is_err());
    assert!(daemon.inspect_volume(&data).await.is_err());
    assert!(docker.host.project_containers(&world.project).await.unwrap().is_empty());
    let planned = |event: &Event| match event {
        Event::StepEffect { action: EffectAction::Planned, kind, .. } => Some(kind.clone()),
        _ => None,
    };
    let planned: Vec<_> = world.events.lock().unwrap().iter().filter_map(planned).collect();
    let (image, container) = ("docker.image.pull", ["docker.container.create", "docker.container.start"]);
    let rest = ["docker.container.exec", "docker.container.remove"];
    assert_eq!(planned, [image, "docker.network.create", "docker.volume.create", container[0], container[1], rest[0], rest[1]]);
}

#[tokio::test]
async fn a_plan_starts_from_what_is_there() {
    let done = crate::world::world(everything()).await;
    let name = done.runs("db", IDLE).await;
    let relay = Relay::open();
    let mut plan = through(relay.settings.clone(), Mode::Plan, everything()).await;
    plan.docker.project.clone_from(&done.project);
    let docker = &plan.docker;
    docker.start_container(&name).await.unwrap();
    assert_eq!(docker.gate.writes(), 0, "it runs already");
    docker.stop_container(&name, None).await.unwrap();
    assert_eq!(docker.inspect_container(&name).await.unwrap().unwrap()["State"]["Running"], json!(false));
    let label = format!("dev.infra.project={}", done.project);
    assert_eq!(docker.list_containers(std::slice::from_ref(&label), false).await, Ok(json!([])));
    docker.remove_container(&name, false, true).await.unwrap();
    assert_eq!(docker.list_containers(&[label], true).await, Ok(json!([])));
    let id = done.docker.inspect_container(&name).await.unwrap().unwrap()["Id"].as_str().unwrap().to_owned();
    assert_eq!(docker.inspect_container(&id).await, Ok(None), "nor by its id");
    docker.tag_image(image(), "infra-test/planned:1").await.unwrap();
    assert!(docker.inspect_image("infra-test/planned:1").await.unwrap().is_some());
    std::fs::create_dir(plan.root.join("app")).unwrap();
    std::fs::write(plan.root.join("app/Dockerfile"), "FROM scratch\n").unwrap();
    let request = BuildRequest { context: "app".into(), tags: vec!["infra-test/built:1".into()], ..BuildRequest::default() };
    let mut build = docker.build_image(request).await.unwrap();
    assert!(drain(&mut build.lines).await.unwrap().is_empty());
    assert_eq!(build.image().unwrap_err().code, "unknown-until-applied");
    assert!(docker.inspect_image("infra-test/built:1").await.unwrap().is_some());
    docker.remove_image(image()).await.unwrap();
    assert_eq!(docker.inspect_image(image()).await, Ok(None));
    assert_eq!(relay.writes(), Vec::<String>::new());
    assert!(outside::has_image(image()).await && !outside::has_image("infra-test/planned:1").await);
    // What the relay sees of a run.
    let run = through(relay.settings.clone(), Mode::Run, everything()).await;
    run.docker.create_network(&run.name("net"), "{}").await.unwrap();
    assert!(relay.writes()[0].starts_with("POST ") && relay.writes().len() == 1, "{:?}", relay.writes());
}
