//! Pulls, from a registry on this machine.

use crate::world::{IMAGE, World, denied, drain, everything, fails, without, world};
use infra_effect::{DockerGrant, DockerVerb, TextPattern};
use infra_host::docker::PullProgress;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

struct Registry {
    address: String,
    child: Child,
    _dir: tempfile::TempDir,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// None where the program is not installed.
fn registry() -> Option<Registry> {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("127.0.0.1:{}", free_port());
    let config = dir.path().join("config.yml");
    let text = format!(
        "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: \"{address}\"}}\n",
        dir.path().display()
    );
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new("docker-registry");
    let child = command.arg("serve").arg(&config).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
    let registry = Registry { address, child, _dir: dir };
    for _ in 0..100 {
        if TcpStream::connect(&registry.address).is_ok() {
            return Some(registry);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the registry does not start");
}

fn pulling() -> DockerGrant {
    DockerGrant { images: vec![TextPattern("127.0.0.1:*".to_owned())], ..everything() }
}

async fn pull(world: &World, name: &str) -> Result<Vec<PullProgress>, infra_event::TaskError> {
    drain(&mut world.docker.pull_image(name).await?).await
}

#[tokio::test]
async fn an_image_is_pulled_with_the_progress_of_its_layers() {
    let Some(registry) = registry() else { return };
    let world = world(pulling()).await;
    let name = format!("{}/web:1", registry.address);
    for args in [vec!["tag", IMAGE, &name], vec!["push", "-q", &name], vec!["rmi", &name]] {
        let done = Command::new("docker").args(&args).output().unwrap();
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
    denied(world.with(without(DockerVerb::Pull)).pull_image(&name).await, "images");
    let mut no_pull = pulling();
    no_pull.verbs.retain(|verb| *verb != DockerVerb::Pull);
    denied(world.with(no_pull).pull_image(&name).await, "verbs = [\"pull\"]");
    let progress = pull(&world, &name).await.unwrap();
    assert!(progress.iter().any(|one| !one.layer.is_empty()), "{progress:?}");
    assert!(world.docker.inspect_image(&name).await.unwrap().is_some());
    pull(&world, &name).await.unwrap();
    world.docker.remove_image(&name).await.unwrap();
    let unknown = format!("{}/nothing:1", registry.address);
    fails(pull(&world, &unknown).await, "not-found", "nothing");
    let mut dropped = world.docker.pull_image(&name).await.unwrap();
    dropped.ready().await;
    drop(dropped);
    world.docker.gate.settle().await;
    let _ = world.docker.remove_image(&name).await;
}

#[tokio::test]
async fn a_registry_that_does_not_answer_is_asked_again_and_then_named() {
    let world = world(pulling()).await;
    let address = format!("127.0.0.1:{}", free_port());
    let name = format!("{address}/web:1");
    let mut pull = world.docker.pull_image(&name).await.unwrap();
    let first = pull.next().await.unwrap().unwrap();
    assert!(first.status.starts_with("retrying in"), "{first:?}");
    let error = fails(drain(&mut pull).await, "unavailable", &address);
    assert!(error.retryable && error.message.contains("4 attempts"), "{error:?}");
}
