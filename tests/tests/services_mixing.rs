//! `std/services` and Docker Compose 2.40.3 on the same project.
//!
//! Compose is not part of what the tests install: name its program in `INFRA_TEST_COMPOSE` and run with `--ignored`. The hashes that make it
//! work are also held by the tests of the task itself.

use infra_tests::{Stack, free_port};
use serde_json::Value;
use std::process::Command;

const COMPOSE: &str = r#"
services:
  db:
    image: IMAGE
    stop_signal: SIGKILL
    command: [sh, -c, "sleep 1000 # <x> & $$y"]
    environment: { A: "1", B: , C: "a$$b" }
    env_file: more.env
    ports: ["127.0.0.1:PORT:80", "81"]
    volumes: ["data:/data", "./bound:/bound:ro", "/anonymous", { type: tmpfs, target: /t, tmpfs: { size: 1m } }]
    healthcheck: { test: [CMD, "true"], interval: 1s, retries: 3 }
    restart: unless-stopped
    ulimits: { nofile: 100 }
    mem_limit: 64m
    secrets: [key]
    configs: [{ source: key, target: /etc/key }]
    logging: { driver: json-file, options: { max-size: 1m } }
    networks: { default: { aliases: [other] }, back: }
  app:
    image: IMAGE
    stop_signal: SIGKILL
    entrypoint: sleep 1000
    depends_on: { db: { condition: service_healthy } }
    deploy: { resources: { limits: { cpus: "0.5" } } }
  beside: { image: IMAGE, stop_signal: SIGKILL, entrypoint: [sleep, "1000"], network_mode: "service:app" }
networks: { back: { internal: true } }
volumes: { data: { labels: { a: b } } }
secrets: { key: { file: ./key.txt } }
configs: { key: { file: ./key.txt } }
"#;

struct Mixed(Stack);

impl Mixed {
    fn new() -> Self {
        let stack = Stack::new("services: {}\n");
        stack.compose(&COMPOSE.replace("PORT", &free_port().to_string()));
        stack.file("stack/base/all/more.env", "D=d\n");
        stack.file("stack/base/all/key.txt", "k");
        stack.file("stack/base/all/bound/x", "x");
        Self(stack)
    }

    fn compose(&self, args: &[&str]) -> String {
        let program = std::env::var("INFRA_TEST_COMPOSE").expect("INFRA_TEST_COMPOSE names Docker Compose 2.40.3");
        let directory = self.0.project.root().join("stack/base/all");
        let output =
            Command::new(program).args(["-p", &self.0.name]).args(args).current_dir(directory).output().expect("it starts");
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{text}");
        text
    }

    fn infra(&self, action: &str) {
        // What Compose has made is somebody else's, and must be granted by name.
        let foreign = format!("foreign = [\"{0}-*\", \"{0}_*\"]", self.0.name);
        self.0.run_with(action, "", &foreign).expect_success();
    }

    fn ids(&self) -> Vec<Value> {
        ["db", "app", "beside"].iter().map(|service| self.0.container(service)["Id"].clone()).collect()
    }
}

#[test]
#[ignore = "needs Docker Compose in INFRA_TEST_COMPOSE"]
fn compose_recreates_nothing_after_infra_and_works_on_the_project() {
    let mixed = Mixed::new();
    mixed.infra("up");
    let before = mixed.ids();
    let up = mixed.compose(&["up", "--detach", "--wait"]);
    assert_eq!(mixed.ids(), before, "{up}");
    assert!(!up.contains("Recreate") && !up.contains("Creating"), "{up}");
    let listed = mixed.compose(&["ps", "--format", "{{.Service}} {{.State}}"]);
    assert!(listed.contains("db running") && listed.contains("app running"), "{listed}");
    assert!(mixed.compose(&["logs", "db"]).is_empty());
    mixed.compose(&["down", "--volumes"]);
    assert!(mixed.0.docker.containers(&mixed.0.name).is_empty());
    assert!(mixed.0.docker.networks(&mixed.0.name).is_empty() && mixed.0.docker.volumes(&mixed.0.name).is_empty());
}

#[test]
#[ignore = "needs Docker Compose in INFRA_TEST_COMPOSE"]
fn infra_recreates_nothing_after_compose_and_works_on_the_project() {
    let mixed = Mixed::new();
    mixed.compose(&["up", "--detach", "--wait"]);
    let before = mixed.ids();
    assert!(before.iter().all(Value::is_string), "{before:?}");
    mixed.infra("up");
    assert_eq!(mixed.ids(), before);
    mixed.infra("status");
    mixed.infra("restart");
    assert_eq!(mixed.ids(), before);
    mixed.infra("clean");
    assert!(mixed.0.docker.containers(&mixed.0.name).is_empty());
    assert!(mixed.0.docker.networks(&mixed.0.name).is_empty() && mixed.0.docker.volumes(&mixed.0.name).is_empty());
}
