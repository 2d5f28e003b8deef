//! A Docker daemon that is not there, or that goes away.

use infra_tests::{Daemon, Platform, Project, Registry, Running, processes_with, unique_name, wait_for};
use std::os::unix::net::UnixListener;

#[test]
fn no_daemon_is_an_error_with_cause_and_hint() {
    let platform = Platform::new();
    let missing = platform.project.home().join("none.sock");
    let deaf = platform.project.home().join("deaf.sock");
    drop(UnixListener::bind(&deaf).unwrap());
    for (socket, cause, hint) in
        [(&missing, "no Docker daemon listens on", "install Docker"), (&deaf, "does not answer", "DOCKER_HOST")]
    {
        let host = format!("unix://{}", socket.display());
        for words in [&["run", "bootstrap"][..], &["plan", "bootstrap"], &["run", "services-status"]] {
            let output = platform.infra(words).env("DOCKER_HOST", &host).output().expect_code(69);
            let told = format!("{}{}", output.stdout, output.stderr);
            let named = told.contains(cause) && told.contains(&*socket.to_string_lossy());
            assert!(named && told.contains("hint:") && told.contains(hint), "{words:?}: {told}");
        }
    }
}

#[test]
fn a_run_goes_on_after_the_daemon_was_stopped_in_it() {
    let platform = Platform::new();
    let seconds = format!("600.{}", unique_name().replace(|letter: char| !letter.is_ascii_digit(), ""));
    // Nothing of the machine's own images is in the other daemon: all are small, and made there.
    platform.make_base_small(&format!("RUN sleep {seconds}"));
    for service in ["postgres", "redis"] {
        let dockerfile = format!("FROM {}\nSTOPSIGNAL KILL\nCMD [\"sleep\", \"86400\"]\n", platform.image("base"));
        platform.project.file(&format!("platform/docker/databases/{service}/debian/Dockerfile"), dockerfile);
    }
    platform.edit(
        "platform/docker/databases/postgres/compose.yaml",
        "pg_isready, -q, -h, 127.0.0.1, -U, postgres",
        "test, -e, /tmp/ready",
    );
    platform.edit("platform/docker/databases/redis/compose.yaml", "redis-cli, ping", "'true'");
    let mut daemon = Daemon::start();
    let docker = daemon.docker();
    let infra = |words: &[&str]| platform.with_small_base(words).env("DOCKER_HOST", docker.host());
    let assert_told = |running: Running| {
        let output = running.end().expect_code(69);
        assert!(output.stderr.contains("Docker daemon") && output.stderr.contains("\"hint\":"), "{}", output.stderr);
    };

    let running = Running::new(infra(&["run", "bootstrap", "IMAGES=debian", "--output", "json"]).start(), |_, _| {});
    wait_for("the build runs", || processes_with(&seconds).iter().any(|(_, line)| line.starts_with("sleep")));
    daemon.stop();
    assert_told(running);
    let without = infra(&["resume"]).output().expect_code(69);
    assert!(without.stderr.contains("hint:"), "{}", without.stderr);

    daemon.start_again();
    platform.edit("platform/docker/tiny/Dockerfile", &format!("sleep {seconds}"), "true");
    let running = Running::new(infra(&["resume", "--output", "json"]).start(), |_, _| {});
    let runs =
        |service: &str| docker.container(&platform.container(service)).is_some_and(|found| found["State"]["Running"] == true);
    wait_for("the services start", || runs("postgres") && runs("redis"));
    daemon.stop();
    assert_told(running);

    daemon.start_again();
    wait_for("the services are started again", || runs("postgres") && runs("redis"));
    let ids = || ["postgres", "redis"].map(|service| docker.container(&platform.container(service)).unwrap()["Id"].clone());
    let before = ids();
    let (code, _) = docker.exec(&platform.container("postgres"), &["touch", "/tmp/ready"]);
    assert_eq!(code, 0);
    let _resumed = infra(&["resume"]).output().expect_success();
    assert_eq!(ids(), before);
    let health = docker.container(&platform.container("postgres")).unwrap()["State"]["Health"]["Status"].clone();
    assert_eq!(health, "healthy");
}

/// Two services: one is built on nothing from a file of 24 MB that cannot be compressed, the other is pulled.
const TWO_IMAGES: &str = r#"[project]
name = "full"

[tasks.images]
uses = "std/services"
with = { action = "ACTION", files = ["compose.yaml"] }
allow = [
  { files = { read = [".env", "compose.yaml", "content/**"] } },
  { docker = [{ images = ["**"], contexts = ["content"], verbs = ["build", "pull"] }] },
]
"#;

#[test]
fn a_full_disk_of_the_daemon_is_named_and_the_run_goes_on_when_there_is_room() {
    let daemon = Daemon::start_with_disk("96m");
    let docker = daemon.docker();
    let registry = Registry::start_beside(&daemon);
    let project = Project::new(&TWO_IMAGES.replace("ACTION", "build"));
    let mut content = vec![0; 24_000_000];
    let mut state = 1_u64;
    content.fill_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    });
    project.file("content/Dockerfile", "FROM scratch\nCOPY content /content\n");
    project.file("content/content", content);
    project.file("compose.yaml", "services:\n  built: { build: ./content, image: \"full/built:1\" }\n");
    let infra = |words: &[&str]| project.infra(words).env("DOCKER_HOST", docker.host());
    let assert_told = |words: &[&str], doing: &str| {
        let output = infra(words).output();
        assert_ne!(output.code, Some(0), "{}", output.stderr);
        for part in [doing, "no space left on device", "docker system df", "infra resume"] {
            assert!(output.stderr.contains(part), "`{part}` is not in: {}", output.stderr);
        }
    };

    daemon.resize_disk("16m");
    assert_told(&["run", "images"], "build");
    assert!(!docker.has_image("full/built:1"));
    daemon.resize_disk("96m");
    let _resumed = infra(&["resume"]).output().expect_success();
    assert!(docker.has_image("full/built:1"));

    let published = registry.publish(&docker, "full/built:1", "built");
    docker.remove_image("full/built:1");
    project.file("compose.yaml", format!("services:\n  pulled: {{ image: \"{published}\" }}\n"));
    project.file("Infrafile.toml", TWO_IMAGES.replace("ACTION", "pull"));
    daemon.resize_disk("16m");
    assert_told(&["run", "images"], "pull");
    assert!(!docker.has_image(&published));
    daemon.resize_disk("96m");
    let _resumed = infra(&["resume"]).output().expect_success();
    assert!(docker.has_image(&published));
}
