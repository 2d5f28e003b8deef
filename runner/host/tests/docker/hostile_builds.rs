//! Ways to get more into a build than its directory, or more out of it than an image.

use crate::relay::Relay;
use crate::world::{World, denied, drain, everything, fails, image, through};
use infra_event::{Mode, TaskError};
use infra_host::docker::BuildRequest;
use std::os::unix::fs::symlink;

async fn hostile() -> (Relay, World) {
    let relay = Relay::open();
    let world = through(relay.settings.clone(), Mode::Run, everything()).await;
    std::fs::create_dir(world.root.join("app")).unwrap();
    std::fs::write(world.root.join("secret"), "hunter2").unwrap();
    (relay, world)
}

async fn build(world: &World, change: impl FnOnce(&mut BuildRequest)) -> Result<Vec<String>, TaskError> {
    let tags = vec![format!("infra-test/{}:1", world.project)];
    let mut request = BuildRequest { context: "app".to_owned(), tags, cache: true, ..BuildRequest::default() };
    change(&mut request);
    drain(&mut world.docker.build_image(request).await?.lines).await
}

#[tokio::test]
async fn a_context_is_a_directory_that_is_granted() {
    let (relay, world) = hostile().await;
    std::fs::write(world.root.join("app/Dockerfile"), "FROM scratch\n").unwrap();
    symlink("/etc", world.root.join("link")).unwrap();
    for context in
        ["https://example.org/x.git", "git@example.org:x/y.git", "http://127.0.0.1/x.tar", "-", "secret", "app/Dockerfile"]
    {
        let error = build(&world, |request| request.context = context.to_owned()).await.unwrap_err();
        assert!(error.code == "invalid" && error.hint.is_some(), "{context}: {error:?}");
    }
    for (context, line) in [("link", "contexts = [\"/etc\"]"), ("/", "contexts = [\"/\"]"), ("..", "contexts = [\"/")] {
        denied(build(&world, |request| request.context = context.to_owned()).await, line);
    }
    for dockerfile in
        ["../Dockerfile", "/etc/passwd", "app/../../x", "", "./Dockerfile", "a//b", "https://example.org/Dockerfile"]
    {
        fails(build(&world, |request| request.dockerfile = Some(dockerfile.to_owned())).await, "invalid", dockerfile);
    }
    fails(build(&world, |request| request.tags.clear()).await, "invalid", "tag");
    denied(build(&world, |request| request.tags = vec!["debian:12".to_owned()]).await, "images = [\"debian:12\"]");
    fails(
        build(&world, |request| request.labels.push(("dev.infra.project".into(), "x".into()))).await,
        "invalid",
        "dev.infra.project",
    );
    assert_eq!(relay.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_list_of_what_is_left_out_must_be_readable() {
    let (relay, world) = hostile().await;
    let ignore = world.root.join("app/.dockerignore");
    std::fs::write(world.root.join("app/Dockerfile"), "FROM scratch\n").unwrap();
    symlink("../secret", &ignore).unwrap();
    fails(build(&world, |_| ()).await, "invalid", ".dockerignore");
    std::fs::remove_file(&ignore).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(&ignore).status().unwrap();
    assert!(pipe.success());
    fails(build(&world, |_| ()).await, "invalid", ".dockerignore");
    std::fs::remove_file(&ignore).unwrap();
    std::fs::create_dir(&ignore).unwrap();
    fails(build(&world, |_| ()).await, "invalid", ".dockerignore");
    assert_eq!(relay.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_from_beside_the_context_is_sent() {
    let (relay, world) = hostile().await;
    let show = "RUN find /ctx; find /ctx -type f -exec cat '{}' ';'; echo end";
    let app = world.root.join("app");
    std::fs::write(app.join("Dockerfile"), format!("FROM {}\nCOPY . /ctx\n{show}\n", image())).unwrap();
    std::fs::write(app.join(".dockerignore"), "**\n!keep\n!../secret\n!/etc/passwd\n!**/../../secret\n").unwrap();
    std::fs::write(app.join("keep"), "kept-content\n").unwrap();
    symlink(&world.root, app.join("keep-link")).unwrap();
    let lines = build(&world, |_| ()).await.unwrap();
    assert!(lines.iter().any(|line| line == "kept-content") && lines.iter().any(|line| line == "end"), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("hunter2") || line.contains("secret")), "{lines:?}");
    // Links are sent as links: to the project, and to one of its files.
    std::fs::write(app.join(".dockerignore"), "").unwrap();
    symlink(world.root.join("secret"), app.join("file-link")).unwrap();
    let lines = build(&world, |_| ()).await.unwrap();
    assert!(lines.iter().any(|line| line == "/ctx/file-link") && lines.iter().any(|line| line == "/ctx/keep-link"), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("hunter2")), "{lines:?}");
    // The runner's own files are in no context, whatever a list takes back.
    std::fs::write(world.root.join("Infrafile.toml"), "# of the runner\n").unwrap();
    std::fs::write(world.root.join("Dockerfile"), format!("FROM {}\nCOPY . /ctx\n{show}\n", image())).unwrap();
    std::fs::write(world.root.join(".dockerignore"), "!Infrafile.toml\n").unwrap();
    let lines = build(&world, |request| request.context = ".".to_owned()).await.unwrap();
    assert!(lines.iter().any(|line| line.contains("hunter2")), "the project itself is the context: {lines:?}");
    assert!(!lines.iter().any(|line| line.contains("/Infrafile.toml") || line.contains("of the runner")), "{lines:?}");
    assert!(relay.writes().iter().any(|request| request.contains("/build?")));
}

#[tokio::test]
async fn a_dockerfile_that_is_a_link_does_not_leave_the_context() {
    let (_relay, world) = hostile().await;
    std::fs::write(world.root.join("Dockerfile"), format!("FROM {}\nRUN echo it-was-used\n", image())).unwrap();
    symlink(world.root.join("Dockerfile"), world.root.join("app/Dockerfile")).unwrap();
    let error = build(&world, |_| ()).await.unwrap_err();
    assert!(!error.message.contains("it-was-used"), "{error:?}");
    std::fs::remove_file(world.root.join("app/Dockerfile")).unwrap();
    symlink("../Dockerfile", world.root.join("app/Dockerfile")).unwrap();
    build(&world, |_| ()).await.unwrap_err();
}

#[tokio::test]
async fn words_of_a_build_are_not_words_of_its_call() {
    let (relay, world) = hostile().await;
    let show = "RUN echo \"word=$WORD\"";
    std::fs::write(world.root.join("app/Dockerfile"), format!("FROM {} AS one\nARG WORD\n{show}\n", image())).unwrap();
    let trick = "x&networkmode=host&remote=http://127.0.0.1/";
    let lines = build(&world, |request| request.args.push(("WORD".into(), trick.into()))).await.unwrap();
    assert!(lines.iter().any(|line| *line == format!("word={trick}")), "{lines:?}");
    build(&world, |request| request.target = Some(trick.to_owned())).await.unwrap_err();
    build(&world, |request| request.labels.push((trick.into(), trick.into()))).await.unwrap();
    let calls: Vec<String> = relay.writes().into_iter().filter(|request| request.contains("/build?")).collect();
    assert_eq!(calls.len(), 3);
    assert!(!calls.iter().any(|call| call.contains("&networkmode=host") || call.contains("&remote=http")), "{calls:?}");
}
