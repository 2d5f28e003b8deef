//! `std/services` with `action = "heal"`: five kinds of illness.

use infra_tests::{Docker, Stack, wait_for};
use serde_json::{Value, json};

/// Each is ill where a file in its volume says so.
const COMPOSE: &str = r#"
x-patient: &patient
  image: IMAGE
  expose: [80]
  stop_signal: SIGKILL
  volumes: ["data:/data"]
services:
  well: { <<: *patient, entrypoint: [sleep, "1000"] }
  exited: { <<: *patient, entrypoint: [sh, -c, "echo $$(hostname) >> /data/exited; sleep 1000"] }
  unhealthy:
    <<: *patient
    entrypoint: [sleep, "1000"]
    healthcheck: { test: [CMD, sh, -c, "test ! -e /tmp/ill"], interval: 200ms, retries: 1 }
  looping:
    <<: *patient
    restart: always
    entrypoint: [sh, -c, "test ! -e /tmp/ill || exit 1; sleep 1000"]
  created: { <<: *patient, entrypoint: [sleep, "1000"] }
  job: { image: IMAGE, volumes: ["data:/data"], entrypoint: [sh, -c, "test ! -e /data/fails"] }
volumes: { data: {} }
"#;

fn id(stack: &Stack, service: &str) -> Value {
    stack.container(service)["Id"].clone()
}

fn post(docker: &Docker, path: &str) {
    let _ = docker.call("POST", path, None);
}

/// Makes a container that is like the service's and was never started.
fn not_started(stack: &Stack, service: &str) {
    let name = stack.container_name(service);
    let found = stack.container(service);
    let body = json!({ "Image": found["Config"]["Image"], "Entrypoint": found["Config"]["Entrypoint"], "Labels": found["Config"]["Labels"],
        "HostConfig": found["HostConfig"] });
    let _ = stack.docker.call("DELETE", &format!("/containers/{name}?force=1"), None);
    let made = stack.docker.call("POST", &format!("/containers/create?name={name}"), Some(&body));
    assert!(made.is_ok_and(|(status, _)| status == 201));
}

#[test]
fn every_illness_is_healed_and_who_is_well_is_left_alone() {
    let stack = Stack::new(COMPOSE);
    stack.run("up").expect_success();
    let _ = stack.exec("well", &["sh", "-c", "echo kept > /data/kept"]);
    let all = ["exited", "unhealthy", "looping", "created", "job"];
    post(&stack.docker, &format!("/containers/{}/kill", stack.container_name("exited")));
    let _ = stack.exec("unhealthy", &["touch", "/tmp/ill"]);
    let _ = stack.exec("looping", &["touch", "/tmp/ill"]);
    post(&stack.docker, &format!("/containers/{}/restart?t=0", stack.container_name("looping")));
    not_started(&stack, "created");
    let _ = stack.exec("well", &["touch", "/data/fails"]);
    post(&stack.docker, &format!("/containers/{}/start", stack.container_name("job")));
    let state = |service: &str| stack.container(service)["State"].clone();
    wait_for("all are ill", || {
        state("unhealthy")["Health"]["Status"] == "unhealthy"
            && state("job")["ExitCode"] == 1
            && state("looping")["Restarting"] == true
    });
    let _ = stack.exec("well", &["rm", "/data/fails"]);
    let before: Vec<Value> = all.iter().map(|service| id(&stack, service)).collect();
    let well = id(&stack, "well");
    let healed = stack.run_with("heal", "settle = 2", "").expect_success();
    for words in [
        "exited has exited",
        "unhealthy is unhealthy",
        "looping restarts again and again",
        "created was never started",
        "job has failed",
    ] {
        assert!(healed.stderr.contains(words), "{words}: {}", healed.stderr);
    }
    for (service, before) in all.iter().zip(&before) {
        assert_ne!(id(&stack, service), *before, "{service}");
    }
    assert_eq!(id(&stack, "well"), well);
    assert_eq!(stack.exec("exited", &["cat", "/data/kept"]), "kept");
    assert_eq!((&state("unhealthy")["Health"]["Status"], &state("looping")["Running"]), (&json!("healthy"), &json!(true)));
    assert_eq!((&state("created")["Running"], &state("job")["ExitCode"]), (&json!(true), &json!(0)));
    // Nobody is ill any more.
    stack.plan("heal").expect_success();
}

#[test]
fn a_patient_that_stays_ill_fails_the_run() {
    let loops = "services:\n  a: { image: IMAGE, expose: [80], restart: always, entrypoint: [sh, -c, \"sleep 0.3; exit 1\"] }\n";
    let stack = Stack::new(loops);
    let _ = stack.run("up");
    wait_for("it loops", || stack.container("a")["RestartCount"].as_i64().unwrap_or(0) > 0);
    let told = stack.run_with("heal", "settle = 3", "").expect_code(1);
    assert!(told.stderr.contains("still ill: a restarts again and again"), "{}", told.stderr);
    let sick = "services:\n  a: { image: IMAGE, entrypoint: [sleep, \"1000\"], healthcheck: { test: [CMD, \"false\"], interval: 200ms, retries: 1 } }\n";
    let stack = Stack::new(sick);
    let _ = stack.run("up").expect_code(1);
    let told = stack.run("heal").expect_code(1);
    assert!(told.stderr.contains("is unhealthy"), "{}", told.stderr);
}
