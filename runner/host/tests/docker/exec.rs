//! Commands in containers.

use crate::outside::has_process;
use crate::world::{IDLE, World, denied, everything, fails, text, without, world};
use infra_effect::{DockerEffect, DockerObject, DockerVerb, Effect, EffectKind};
use infra_event::EffectId;
use infra_host::docker::ExecRequest;
use serde_json::json;
use std::time::Duration;

fn shell(script: &str) -> ExecRequest {
    ExecRequest { args: ["sh", "-c", script].map(str::to_owned).to_vec(), ..ExecRequest::default() }
}

#[tokio::test]
async fn a_command_has_output_and_an_exit_code() {
    let world = world(everything()).await;
    let name = world.runs("one", IDLE).await;
    let mut request = shell("pwd; echo $A; id -u; echo bad >&2; exit 7");
    request.env.push(("A".to_owned(), "b c".to_owned()));
    request.user = Some("1234".to_owned());
    request.dir = Some("/bin".to_owned());
    let mut exec = world.docker.start_exec(&name, request).await.unwrap();
    assert_eq!(text(&mut exec.output).await, ("/bin\nb c\n1234\n".to_owned(), "bad\n".to_owned()));
    assert_eq!(exec.wait().await.unwrap().code, 7);
    assert_eq!(exec.wait().await.unwrap().code, 7, "it can be asked again");
    let mut exec = world.docker.start_exec(&name, shell("true")).await.unwrap();
    assert_eq!(exec.wait().await.unwrap().code, 0, "output need not be read when there is none");
    denied(world.with(without(DockerVerb::Exec)).start_exec(&name, shell("true")).await, "verbs = [\"exec\"]");
    let missing = ExecRequest { args: vec!["nothing-like-this".to_owned()], ..ExecRequest::default() };
    match world.docker.start_exec(&name, missing).await {
        Ok(mut exec) => assert!(matches!(exec.wait().await.unwrap().code, 126 | 127)),
        Err(error) => assert!(error.message.contains("nothing-like-this"), "{error:?}"),
    }
    world.docker.stop_container(&name, Some(0)).await.unwrap();
    fails(world.docker.start_exec(&name, shell("true")).await, "conflict", "not running");
}

#[tokio::test]
async fn input_is_fed_while_output_is_read() {
    let world = world(everything()).await;
    let name = world.runs("one", IDLE).await;
    let mut request = shell("cat");
    request.input = true;
    let mut exec = world.docker.start_exec(&name, request).await.unwrap();
    let sent = "x".repeat(3 << 20);
    exec.write_input(sent.as_bytes()).await.unwrap();
    exec.close_input().await.unwrap();
    exec.close_input().await.unwrap();
    fails(exec.write_input(b"more").await, "invalid", "closed");
    let (out, _) = text(&mut exec.output).await;
    assert_eq!((out.len(), out == sent), (sent.len(), true));
    assert_eq!(exec.wait().await.unwrap().code, 0);
}

async fn gone(name: &str, text: &str) {
    for _ in 0..100 {
        if !has_process(name, text).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("`{text}` still runs");
}

async fn running(world: &World, name: &str, script: &str, process: &str, input: bool) -> infra_host::docker::Exec {
    let mut request = shell(script);
    request.input = input;
    let exec = world.docker.start_exec(name, request).await.unwrap();
    for _ in 0..100 {
        if has_process(name, process).await {
            return exec;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("`{process}` never ran");
}

#[tokio::test]
async fn dropping_kills_the_command_and_its_children() {
    let world = world(everything()).await;
    let name = world.runs("one", IDLE).await;
    let exec = running(&world, &name, "sleep 4711 & sleep 4712", "sleep 4711", false).await;
    drop(exec);
    gone(&name, "sleep 4711").await;
    gone(&name, "sleep 4712").await;
    world.docker.gate.settle().await;
    assert!(has_process(&name, "sleep 600").await, "the container itself lives");
}

#[tokio::test]
async fn a_command_that_is_fed_is_killed_before_its_input_ends() {
    let world = world(everything()).await;
    let name = world.runs("one", IDLE).await;
    let mut exec = running(&world, &name, "cat > /tmp-file; echo committed > /committed; sleep 4713", "cat", true).await;
    exec.write_input(b"half").await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(exec);
    world.docker.gate.settle().await;
    assert!(!has_process(&name, "sleep 4713").await);
    let mut look = world.docker.start_exec(&name, shell("ls /; cat /tmp-file")).await.unwrap();
    let (out, _) = text(&mut look.output).await;
    assert!(!out.contains("committed") && out.contains("half"), "{out}");
}

#[tokio::test]
async fn a_command_is_killed_where_there_is_no_shell() {
    let world = world(everything()).await;
    let tag = format!("infra-test/{}:1", world.project);
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_path_with_name("/bin/busybox", "sleep").unwrap();
    crate::outside::import(&tag, archive.into_inner().unwrap(), &[&format!("LABEL dev.infra.project={}", world.project)]).await;
    let name = world.name("bare");
    let body = json!({ "Image": tag, "Cmd": ["/sleep", "600"], "HostConfig": { "NetworkMode": "none" } });
    world.docker.create_container(&name, &body.to_string()).await.unwrap();
    world.docker.start_container(&name).await.unwrap();
    let sleep = |seconds: &str| ExecRequest { args: vec!["/sleep".to_owned(), seconds.to_owned()], ..ExecRequest::default() };
    drop(world.docker.start_exec(&name, sleep("4716")).await.unwrap());
    world.docker.gate.settle().await;
    assert!(!has_process(&name, "sleep 4716").await);
    // One that a killed runner has left.
    let next = world.next_effect();
    let mut lost = world.docker.start_exec(&name, sleep("4717")).await.unwrap();
    let effect = DockerEffect {
        verb: DockerVerb::Exec,
        object: DockerObject::Container(name.clone()),
        image: None,
        own: true,
        container: None,
        command: vec![],
        context: None,
    };
    let effect = Effect::Docker { kind: EffectKind::ContainerExec, effect };
    for id in next..next + 3 {
        world.docker.host.settle(&world.project, &effect, &world.docker.run, EffectId(id)).await.unwrap();
    }
    assert_eq!(lost.wait().await.unwrap().code, 137);
    assert!(has_process(&name, "sleep 600").await, "the container itself lives");
}
