//! Each list of a grant sees its arguments: what it has is allowed, what stands beside it is not.

use crate::outside;
use crate::world::{IDLE, denied, drain, everything, image, script_body, without, world};
use infra_effect::{DockerGrant, DockerVerb, PathPattern, PortPattern, TextPattern};
use infra_event::TaskError;
use infra_host::docker::{BuildRequest, StepDocker};
use serde_json::{Value, json};

fn body(host: Value) -> String {
    let mut body = script_body(IDLE);
    body["HostConfig"] = host;
    body.to_string()
}

/// Creates the container, which then is removed.
async fn creates(docker: &StepDocker, name: &str, body: &str) -> Value {
    docker.create_container(name, body).await.unwrap();
    let found = docker.inspect_container(name).await.unwrap().unwrap();
    docker.remove_container(name, true, true).await.unwrap();
    found
}

#[tokio::test]
async fn images() {
    let world = world(everything()).await;
    let name = world.name("one");
    let with = |pattern: &str| world.with(DockerGrant { images: vec![TextPattern(pattern.to_owned())], ..everything() });
    let line = format!("images = [\"{}\"]", image());
    let (repository, _) = image().rsplit_once(':').unwrap();
    for allowed in [image(), &format!("{repository}:*"), "infra-test/*", "**"] {
        creates(&with(allowed), &name, &body(json!({}))).await;
        assert!(with(allowed).inspect_image(image()).await.unwrap().is_some());
    }
    for other in ["infra-test/busybox:other", "infra-test", "*", "docker.io/infra-test/*", "busybox*"] {
        denied(with(other).create_container(&name, &body(json!({}))).await, &line);
        denied(with(other).inspect_image(image()).await, &line);
        denied(with(other).remove_image(image()).await, &line);
    }
    // An id is no way around names.
    let id = outside::daemon().await.inspect_image(image()).await.unwrap().id.unwrap();
    let mut by_id = script_body(IDLE);
    by_id["Image"] = json!(id);
    denied(with("*").create_container(&name, &by_id.to_string()).await, &format!("images = [\"{id}\"]"));
    creates(&with(&id), &name, &by_id.to_string()).await;
}

#[tokio::test]
async fn verbs() {
    let world = world(everything()).await;
    let name = world.name("one");
    let only = |verbs: &[DockerVerb]| world.with(DockerGrant { verbs: verbs.to_vec(), ..everything() });
    let run = only(&[DockerVerb::Run]);
    run.create_container(&name, &body(json!({ "NetworkMode": "none" }))).await.unwrap();
    run.start_container(&name).await.unwrap();
    assert!(run.inspect_container(&name).await.unwrap().is_some(), "every grant allows to look");
    denied(run.stop_container(&name, Some(0)).await, "verbs = [\"stop\"]");
    denied(run.remove_container(&name, true, true).await, "verbs = [\"remove\"]");
    denied(run.create_network(&name, "{}").await, "verbs = [\"networks\"]");
    denied(run.create_volume(&name, "{}").await, "verbs = [\"volumes\"]");
    let volumes = only(&[DockerVerb::Volumes]);
    volumes.create_volume(&name, "{}").await.unwrap();
    denied(volumes.remove_volume(&name).await, "verbs = [\"clean\"]");
    denied(volumes.start_container(&name).await, "verbs = [\"run\"]");
    only(&[DockerVerb::Clean]).remove_volume(&name).await.unwrap();
    let networks = only(&[DockerVerb::Networks]);
    networks.create_network(&name, "{}").await.unwrap();
    networks.remove_network(&name).await.unwrap();
    drain(&mut only(&[DockerVerb::Logs]).read_logs(&name, Default::default()).await.unwrap()).await.unwrap();
    only(&[DockerVerb::Stop]).stop_container(&name, Some(0)).await.unwrap();
    denied(only(&[DockerVerb::Stop]).remove_container(&name, true, true).await, "verbs = [\"remove\"]");
    only(&[DockerVerb::Remove]).remove_container(&name, true, true).await.unwrap();
    denied(world.with(without(DockerVerb::Logs)).read_logs(&name, Default::default()).await, "verbs = [\"logs\"]");
}

#[tokio::test]
async fn mounts() {
    let world = world(everything()).await;
    let name = world.name("one");
    std::fs::create_dir_all(world.root.join("data/deep")).unwrap();
    let with = |pattern: &str| world.with(DockerGrant { mounts: vec![PathPattern(pattern.to_owned())], ..everything() });
    let deep = |mode: &str| body(json!({ "Binds": [format!("./data/deep:/x{mode}")] }));
    for (pattern, mode) in [("data/**", ""), ("data/deep", ""), ("data/*", ":ro"), ("data/**:ro", ":ro")] {
        let found = creates(&with(pattern), &name, &deep(mode)).await;
        assert_eq!(found["Mounts"][0]["RW"], json!(mode.is_empty()), "{pattern}");
    }
    for (pattern, mode, line) in [
        ("data/**:ro", "", "mounts = [\"data/deep\"]"),
        ("data", "", "mounts = [\"data/deep\"]"),
        ("other/**", ":ro", "mounts = [\"data/deep:ro\"]"),
        ("/**", ":ro", "mounts = [\"data/deep:ro\"]"),
    ] {
        denied(with(pattern).create_container(&name, &deep(mode)).await, line);
        let mount = json!([{ "Type": "bind", "Source": "data/deep", "Target": "/x", "ReadOnly": !mode.is_empty() }]);
        denied(with(pattern).create_container(&name, &body(json!({ "Mounts": mount }))).await, line);
    }
}

#[tokio::test]
async fn ports() {
    let world = world(everything()).await;
    let name = world.name("one");
    let with = |pattern: &str| world.with(DockerGrant { ports: vec![PortPattern(pattern.to_owned())], ..everything() });
    let publish =
        |address: &str, port: &str| body(json!({ "PortBindings": { "80/tcp": [{ "HostIp": address, "HostPort": port }] } }));
    for (pattern, address, port) in [
        ("127.0.0.1:*", "127.0.0.1", ""),
        ("8080", "127.0.0.1", "8080"),
        ("*:8000-8100", "", "8000-8100"),
        ("[::1]:80", "::1", "80"),
    ] {
        creates(&with(pattern), &name, &publish(address, port)).await;
    }
    for (pattern, address, port, line) in [
        ("127.0.0.1:*", "", "8080", "ports = [\"0.0.0.0:8080\"]"),
        ("127.0.0.1:*", "0.0.0.0", "8080", "ports = [\"0.0.0.0:8080\"]"),
        ("127.0.0.1:*", "::", "8080", "ports = [\":::8080\"]"),
        ("127.0.0.1:*", "::ffff:0.0.0.0", "8080", "ports = [\"0.0.0.0:8080\"]"),
        ("8080", "127.0.0.1", "8081", "ports = [\"127.0.0.1:8081\"]"),
        ("8080", "127.0.0.1", "", "ports = [\"127.0.0.1:0\"]"),
        ("8080-8090", "127.0.0.1", "8090-8091", "ports = [\"127.0.0.1:8091\"]"),
    ] {
        denied(with(pattern).create_container(&name, &publish(address, port)).await, line);
    }
}

#[tokio::test]
async fn options() {
    let world = world(everything()).await;
    let name = world.name("one");
    let with = |pattern: &str| world.with(DockerGrant { options: vec![TextPattern(pattern.to_owned())], ..everything() });
    let admin = body(json!({ "CapAdd": ["NET_ADMIN"] }));
    let found = creates(&with("cap-add=NET_ADMIN"), &name, &admin).await;
    assert_eq!(found["HostConfig"]["CapAdd"][0].as_str().unwrap().trim_start_matches("CAP_"), "NET_ADMIN");
    let found = creates(&with("network=host"), &name, &body(json!({ "NetworkMode": "host" }))).await;
    assert_eq!(found["HostConfig"]["NetworkMode"], json!("host"));
    denied(with("cap-add=NET_RAW").create_container(&name, &admin).await, "options = [\"cap-add=NET_ADMIN\"]");
    let both = body(json!({ "CapAdd": ["NET_ADMIN"], "Privileged": true }));
    denied(with("cap-add=*").create_container(&name, &both).await, "options = [\"privileged\"]");
    let network = r#"{ "Driver": "bridge", "Options": { "com.docker.network.bridge.enable_icc": "false" } }"#;
    let word = "network-option=com.docker.network.bridge.enable_icc=false";
    with(word).create_network(&name, network).await.unwrap();
    denied(world.docker.create_network(&world.name("two"), network).await, &format!("options = [\"{word}\"]"));
    let volume = json!({ "DriverOpts": { "type": "tmpfs", "device": "tmpfs", "o": "size=1m" } }).to_string();
    with("volume-option=**").create_volume(&name, &volume).await.unwrap();
    denied(world.docker.create_volume(&world.name("two"), &volume).await, "options = [\"volume-option=");
}

#[tokio::test]
async fn contexts() {
    let world = world(everything()).await;
    let tag = format!("infra-test/{}:1", world.project);
    for directory in ["app", "app/deep", "other"] {
        std::fs::create_dir_all(world.root.join(directory)).unwrap();
        std::fs::write(world.root.join(directory).join("Dockerfile"), format!("FROM {}\nLABEL a=b\n", image())).unwrap();
    }
    let build = async |pattern: &str, context: &str| -> Result<(), TaskError> {
        let docker = world.with(DockerGrant { contexts: vec![PathPattern(pattern.to_owned())], ..everything() });
        let request = BuildRequest { context: context.to_owned(), tags: vec![tag.clone()], ..BuildRequest::default() };
        drain(&mut docker.build_image(request).await?.lines).await.map(drop)
    };
    for (pattern, context) in [("app", "app"), ("app/**", "app/deep"), ("**", "other"), ("app/**", "./other/../app")] {
        build(pattern, context).await.unwrap();
        world.docker.remove_image(&tag).await.unwrap();
    }
    for (pattern, context, line) in [
        ("app", "app/deep", "contexts = [\"app/deep\"]"),
        ("app/**", "other", "contexts = [\"other\"]"),
        ("app/**", "app/../other", "contexts = [\"other\"]"),
        ("**", "/etc", "contexts = [\"/etc\"]"),
    ] {
        denied(build(pattern, context).await, line);
    }
}

#[tokio::test]
async fn foreign() {
    let world = world(everything()).await;
    let name = world.name("foreign");
    let with = |pattern: &str| world.with(DockerGrant { foreign: vec![TextPattern(pattern.to_owned())], ..everything() });
    outside::run(&name, image(), &[]).await;
    for other in ["", "other", "foreign", "sha256:*"] {
        denied(with(other).stop_container(&name, Some(0)).await, &format!("foreign = [\"{name}\"]"));
    }
    let no_exec = DockerGrant { foreign: vec![TextPattern("*".to_owned())], ..without(DockerVerb::Exec) };
    let request = infra_host::docker::ExecRequest { args: vec!["true".to_owned()], ..Default::default() };
    denied(world.with(no_exec).start_exec(&name, request.clone()).await, "verbs = [\"exec\"]");
    assert_eq!(with(&name).start_exec(&name, request).await.unwrap().wait().await.unwrap().code, 0);
    with("infra-host-*").remove_container(&name, true, true).await.unwrap();
}
