//! Compose files that ask for more than their task is granted.

use crate::refused;
use infra_tests::{Output, Stack};
use std::os::unix::fs::symlink;

const SECRET: &str = "xyzzy-secret-of-others";

fn granted(stack: &Stack) {
    stack.project.file(
        "Infrafile.toml",
        format!(
            r#"
[project]
name = "{}"

[tasks.services]
uses  = "std/services"
with  = {{ action = "up", files = ["stack/**/compose.yaml"] }}
allow = [{{ files = {{ read = ["stack/**"] }} }}, {{ docker = [{{ images = ["infra-test-services/*"], verbs = ["pull", "run", "stop", "remove", "build", "networks", "volumes"],
  ports = ["127.0.0.1:*"], mounts = ["stack/data/**:ro"], contexts = ["stack/image"] }}] }}]
"#,
            stack.name
        ),
    );
}

fn up(stack: &Stack, service: &str) -> Output {
    stack.compose(&format!("services:\n  a:\n    image: IMAGE\n    entrypoint: [sleep, \"1000\"]\n{service}"));
    stack.project.infra(&["run", "services"]).output()
}

#[test]
fn a_compose_file_gets_no_more_than_its_task_is_granted() {
    let stack = Stack::new("services: {}\n");
    granted(&stack);
    stack.file("stack/data/x/page", "a page\n");
    stack.file("../key", &format!("A={SECRET}\n"));
    symlink("../../key", stack.project.root().join("stack/link")).unwrap();
    symlink("/", stack.project.root().join("stack/data/root")).unwrap();
    let fine = "    volumes: [\"../../data/x:/x:ro\"]\n    ports: [\"127.0.0.1::8080\"]\n    init: true\n";
    let own = up(&stack, fine);
    assert_eq!(own.code, Some(0), "{}", own.stderr);
    assert_eq!(stack.exec("a", &["cat", "/x/page"]), "a page");
    let before = stack.container("a")["Id"].clone();
    for service in [
        "    privileged: true\n",
        "    pid: host\n",
        "    ipc: host\n",
        "    uts: host\n",
        "    network_mode: host\n",
        "    userns_mode: host\n",
        "    cap_add: [SYS_ADMIN]\n",
        "    devices: [\"/dev/null:/dev/x\"]\n",
        "    security_opt: [\"seccomp=unconfined\"]\n",
        "    volumes: [\"/:/host\"]\n",
        "    volumes: [\"/:/host:ro\"]\n",
        "    volumes: [\"/var/run/docker.sock:/docker.sock\"]\n",
        "    volumes: [\"../../../..:/host\"]\n",
        "    volumes: [\"../../data/x:/x\"]\n",
        "    volumes: [\"../../data/root:/host:ro\"]\n",
        "    volumes: [{ type: bind, source: /etc, target: /x, read_only: true }]\n",
        "    volumes: [\"v:/v\"]\nvolumes:\n  v: { driver_opts: { type: none, o: bind, device: / } }\n",
        "    volumes: [\"v:/v\"]\nvolumes:\n  v: { driver: vieux/sshfs }\n",
        "    ports: [\"8080:8080\"]\n",
        "    ports: [\"0.0.0.0::8080\"]\n",
        "    networks: [other]\nnetworks:\n  other: { external: true, name: bridge }\n",
        "    env_file: ../../../../key\n",
        "    env_file: ../../link\n",
        "    extends: { file: ../../../../key, service: a }\n",
        "    logging: { driver: syslog, options: { syslog-address: \"tcp://127.0.0.1:1\" } }\n",
        "    cgroup_parent: /\n",
        "    runtime: runc\n",
        "    image: busybox\n",
        "    container_name: ../../x\n",
    ] {
        let output = up(&stack, service);
        refused(&output, SECRET);
        let after = &stack.container("a")["Id"];
        assert!(after.is_null() || *after == before, "{service}: a container was made: {}", output.stderr);
    }
    let built = "services:\n  b: { build: { context: ../../../.. } }\n";
    stack.compose(built);
    refused(&stack.project.infra(&["run", "services"]).output(), SECRET);
}

#[test]
fn a_compose_file_that_stands_for_very_much_is_an_error() {
    let stack = Stack::new("services: {}\n");
    granted(&stack);
    let bomb: String = ('b'..='k').map(|name| {
        let before = char::from(u8::try_from(u32::from(name)).unwrap() - 1);
        format!("x-{name}: &{name} [*{before}, *{before}, *{before}, *{before}, *{before}, *{before}, *{before}, *{before}, *{before}]\n")
    }).collect();
    for text in [
        format!("x-a: &a [x, x, x, x, x, x, x, x, x]\n{bomb}services:\n  a: {{ image: IMAGE }}\n"),
        format!("services: {}\n", "[".repeat(50_000)),
        format!("services: {}1{}\n", "{a: ".repeat(50_000), "}".repeat(50_000)),
        "services: &a\n  x: *a\n".to_owned(),
    ] {
        stack.compose(&text);
        let output = stack.project.infra(&["run", "services"]).output();
        refused(&output, SECRET);
        assert!(output.stderr.len() < 100_000, "{} bytes", output.stderr.len());
    }
    stack.compose("x-a: &a { init: true }\nservices:\n  a: { image: IMAGE, entrypoint: [sleep, \"1000\"], <<: *a }\n");
    let fine = stack.project.infra(&["run", "services"]).output();
    assert_eq!(fine.code, Some(0), "{}", fine.stderr);
}
