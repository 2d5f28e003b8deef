//! Inspect, tag, remove, build.

use crate::outside;
use crate::world::{denied, drain, everything, fails, image, without, world};
use infra_effect::{DockerVerb, PathPattern};
use infra_event::TaskError;
use infra_host::docker::{BuildRequest, StepDocker};
use std::path::Path;

fn context(root: &Path, files: &[(&str, &str)]) {
    for (path, content) in files {
        let path = root.join("app").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
}

fn request(tag: &str) -> BuildRequest {
    BuildRequest { context: "app".to_owned(), tags: vec![tag.to_owned()], cache: true, ..BuildRequest::default() }
}

async fn build(docker: &StepDocker, request: BuildRequest) -> Result<(Vec<String>, String), TaskError> {
    let mut build = docker.build_image(request).await?;
    let lines = drain(&mut build.lines).await?;
    Ok((lines, build.image()?))
}

#[tokio::test]
async fn an_image_is_inspected_tagged_and_removed() {
    let world = world(everything()).await;
    let docker = &world.docker;
    let tag = format!("infra-test/{}:2", world.project);
    let found = docker.inspect_image(image()).await.unwrap().unwrap();
    assert_eq!(docker.inspect_image("infra-test/none").await, Ok(None));
    denied(docker.inspect_image("debian").await, "images = [\"debian:latest\"]");
    denied(docker.inspect_image(found["Id"].as_str().unwrap()).await, "images");
    denied(docker.tag_image(image(), "debian:12").await, "images = [\"debian:12\"]");
    denied(world.with(without(DockerVerb::Tag)).tag_image(image(), &tag).await, "verbs = [\"tag\"]");
    fails(docker.tag_image("infra-test/none:1", &tag).await, "not-found", "infra-test/none:1");
    docker.tag_image(image(), &tag).await.unwrap();
    docker.tag_image(image(), &tag).await.unwrap();
    assert_eq!(docker.gate.writes(), 1);
    assert_eq!(docker.inspect_image(&tag).await.unwrap().unwrap()["Id"], found["Id"]);
    denied(world.with(without(DockerVerb::Clean)).remove_image(&tag).await, "verbs = [\"clean\"]");
    docker.remove_image(&tag).await.unwrap();
    docker.remove_image(&tag).await.unwrap();
    assert_eq!(docker.inspect_image(&tag).await, Ok(None));
}

#[tokio::test]
async fn an_image_is_built_from_what_is_not_ignored() {
    let world = world(everything()).await;
    let dockerfile =
        format!("FROM {}\nARG WORD\nCOPY . /ctx\nRUN find /ctx | grep -v /ctx$; echo word=$WORD\nLABEL x=y\n", image());
    context(
        &world.root,
        &[
            ("docker/Dockerfile", &dockerfile),
            (".dockerignore", "# comment\n**/*.log\n!keep.log\nsecret\ndocker\n"),
            ("a.log", ""),
            ("keep.log", ""),
            ("secret/key", "hunter2"),
            ("src/deep/b.log", ""),
            ("src/deep/main.c", ""),
        ],
    );
    std::os::unix::fs::symlink("/etc/shadow", world.root.join("app/src/link")).unwrap();
    let tag = format!("infra-test/{}:1", world.project);
    let mut wanted = request(&tag);
    wanted.dockerfile = Some("docker/Dockerfile".to_owned());
    wanted.tags.push(format!("infra-test/{}:2", world.project));
    wanted.args.push(("WORD".to_owned(), "hello".to_owned()));
    let (lines, id) = build(&world.docker, wanted.clone()).await.unwrap();
    let has = |line: &str| lines.iter().any(|seen| seen == line);
    for there in ["/ctx/keep.log", "/ctx/src/deep/main.c", "/ctx/src/link", "word=hello"] {
        assert!(has(there), "{there}: {lines:?}");
    }
    assert!(
        !lines.iter().any(|line| line.contains("a.log") || line.contains("/ctx/secret") || line.contains("b.log")),
        "{lines:?}"
    );
    for tag in &wanted.tags {
        let image = world.docker.inspect_image(tag).await.unwrap().unwrap();
        assert_eq!(image["Id"].as_str(), Some(id.as_str()));
        assert_eq!(image["Config"]["Labels"]["dev.infra.project"].as_str(), Some(world.project.as_str()));
    }
    let (_, again) = build(&world.docker, wanted.clone()).await.unwrap();
    assert_eq!(again, id, "the cache is used");
    for tag in &wanted.tags {
        world.docker.remove_image(tag).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_not_granted_is_not_built() {
    let world = world(everything()).await;
    context(&world.root, &[("Dockerfile", "FROM scratch\n")]);
    let tag = format!("infra-test/{}:1", world.project);
    denied(build(&world.with(without(DockerVerb::Build)), request(&tag)).await, "verbs = [\"build\"]");
    let mut narrow = everything();
    narrow.contexts = vec![PathPattern("other/**".to_owned())];
    denied(build(&world.with(narrow), request(&tag)).await, "contexts = [\"app\"]");
    let mut outside = request(&tag);
    outside.context = "/etc".to_owned();
    denied(build(&world.docker, outside).await, "contexts = [\"/etc\"]");
    let mut second = request(&tag);
    second.tags.push("debian:12".to_owned());
    denied(build(&world.docker, second).await, "images = [\"debian:12\"]");
    let mut reserved = request(&tag);
    reserved.labels.push(("dev.infra.run".to_owned(), "x".to_owned()));
    fails(build(&world.docker, reserved).await, "invalid", "dev.infra.run");
    let mut escaping = request(&tag);
    escaping.dockerfile = Some("../Dockerfile".to_owned());
    fails(build(&world.docker, escaping).await, "invalid", "../Dockerfile");
    let mut missing = request(&tag);
    missing.dockerfile = Some("Nothing".to_owned());
    fails(build(&world.docker, missing).await, "invalid", "Nothing");
}

#[tokio::test]
async fn a_build_that_fails_or_is_dropped_leaves_nothing() {
    let world = world(everything()).await;
    let tag = format!("infra-test/{}:1", world.project);
    context(&world.root, &[("Dockerfile", &format!("FROM {}\nRUN echo about to fail; exit 9\n", image()))]);
    let mut failing = world.docker.build_image(request(&tag)).await.unwrap();
    let error = fails(drain(&mut failing.lines).await, "failed", "returned a non-zero code: 9");
    assert!(!error.retryable);
    fails(failing.image(), "invalid", "not ended");
    context(&world.root, &[("Dockerfile", &format!("FROM {}\nRUN echo started; sleep 61; echo over\n", image()))]);
    let mut slow = world.docker.build_image(request(&tag)).await.unwrap();
    while slow.lines.next().await.unwrap().unwrap() != "started" {}
    drop(slow);
    world.docker.gate.settle().await;
    for _ in 0..100 {
        // Nor is the container of the step left.
        if !outside::commands().await.iter().any(|command| command.contains("sleep 61")) {
            assert_eq!(world.docker.inspect_image(&tag).await, Ok(None));
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the build goes on");
}
