//! Images whose labels claim the project.

use crate::outside;
use crate::relay::Relay;
use crate::world::{IDLE, denied, everything, script_body, through};
use infra_event::Mode;
use infra_host::docker::ExecRequest;
use serde_json::json;

#[tokio::test]
async fn an_image_that_claims_the_project_makes_nothing_the_projects_own() {
    let relay = Relay::open();
    let world = through(relay.settings.clone(), Mode::Run, everything()).await;
    let own = world.runs("own", IDLE).await;
    let labels = world.docker.inspect_container(&own).await.unwrap().unwrap()["Config"]["Labels"].clone();
    let before = relay.writes().len();
    let claim: Vec<String> = labels.as_object().unwrap().iter().map(|(key, value)| format!("LABEL {key}={value}")).collect();
    let claiming = format!("infra-test/{}:1", world.project);
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_path_with_name("/bin/busybox", "bin/sleep").unwrap();
    let changes: Vec<&str> = claim.iter().map(String::as_str).collect();
    outside::import(&claiming, archive.into_inner().unwrap(), &changes).await;
    let foreign = world.name("foreign");
    outside::run(&foreign, &claiming, &[]).await;
    let line = format!("foreign = [\"{foreign}\"]");
    denied(world.docker.inspect_container(&foreign).await, &line);
    denied(world.docker.stop_container(&foreign, Some(0)).await, &line);
    denied(world.docker.remove_container(&foreign, true, true).await, &line);
    let exec = ExecRequest { args: vec!["sleep".to_owned()], ..ExecRequest::default() };
    denied(world.docker.start_exec(&foreign, exec).await, &line);
    denied(world.docker.read_logs(&foreign, Default::default()).await, &line);
    let listed = world.docker.list_containers(&[format!("dev.infra.project={}", world.project)], true).await.unwrap();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["Names"][0]), (1, &json!(format!("/{own}"))));
    let seen = world.docker.host.project_containers(&world.project).await.unwrap();
    assert_eq!(seen.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), [own.as_str()]);
    assert_eq!(relay.writes().len(), before);
    // What the project itself runs from such an image is its own.
    let mut body = script_body(IDLE);
    body["Image"] = json!(claiming);
    body["Cmd"] = json!(["sleep", "600"]);
    world.docker.create_container(&world.name("two"), &body.to_string()).await.unwrap();
    world.docker.remove_container(&world.name("two"), true, true).await.unwrap();
}
