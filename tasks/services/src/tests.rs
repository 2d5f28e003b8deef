use super::*;
use infra::testing::TestHost;
use serde_json::{Value, json};

const POSTGRES: &str = "
services:
  postgres:
    image: ${POSTGRES_IMAGE:-postgres:16}
    environment: { POSTGRES_PASSWORD: secret }
    ports: [\"127.0.0.1:5432:5432\"]
    volumes: [\"data:/var/lib/postgresql/data\"]
    healthcheck: { test: [CMD, pg_isready], interval: 2s, retries: 3 }
volumes:
  data: { name: demo-data }
";
const APP: &str = "
services:
  app:
    image: app:1
    depends_on: { postgres: { condition: service_healthy } }
";

fn world() -> TestHost {
    TestHost::new()
        .file("platform/docker/databases/postgres/compose.yaml", POSTGRES)
        .file("platform/docker/applications/app/compose.yaml", APP)
}

fn call(host: &TestHost, args: Value) -> Result<Vec<status::Status>> {
    host.run(|| services(Services::from_json(args)?))
}

fn writes(host: &TestHost) -> Vec<String> {
    let reads = ["inspect", "list", "find", "read", "wait"];
    host.calls().into_iter().filter(|call| !reads.iter().any(|read| call.contains(read))).collect()
}

#[test]
fn services_come_up_in_order_and_the_second_time_nothing_changes() {
    let host = world();
    assert!(call(&host, json!({})).is_ok());
    let first = [
        "docker.create-network test_default",
        "docker.create-volume demo-data",
        "docker.pull-image app:1",
        "docker.pull-image postgres:16",
        "docker.create-container test-postgres-1",
        "docker.start-container test-postgres-1",
        "docker.create-container test-app-1",
        "docker.start-container test-app-1",
    ];
    assert_eq!(writes(&host), first);
    assert!(call(&host, json!({})).is_ok());
    assert_eq!(writes(&host), first);
}

#[test]
fn a_changed_service_is_recreated_alone() {
    let host = world();
    assert!(call(&host, json!({})).is_ok());
    let before = writes(&host).len();
    assert!(call(&host, json!({ "env": { "POSTGRES_IMAGE": "postgres:17" } })).is_ok());
    let expected = [
        "docker.pull-image postgres:17",
        "docker.stop-container test-postgres-1",
        "docker.remove-container test-postgres-1",
        "docker.create-container test-postgres-1",
        "docker.start-container test-postgres-1",
    ];
    assert_eq!(writes(&host)[before..], expected);
}

#[test]
fn services_go_down_in_the_opposite_order_and_keep_their_volumes() {
    let host = world();
    assert!(call(&host, json!({})).is_ok());
    let before = writes(&host).len();
    assert!(call(&host, json!({ "action": "down" })).is_ok());
    let expected = [
        "docker.stop-container test-app-1",
        "docker.remove-container test-app-1",
        "docker.stop-container test-postgres-1",
        "docker.remove-container test-postgres-1",
        "docker.remove-network test_default",
    ];
    assert_eq!(writes(&host)[before..], expected);
}

#[test]
fn a_selection_brings_what_it_depends_on() {
    let host = world();
    let states = call(&host, json!({ "category": "applications" })).unwrap_or_default();
    let names: Vec<&str> = states.iter().map(|state| state.service.as_str()).collect();
    assert_eq!(names, ["postgres", "app"]);
    let error = call(&world(), json!({ "services": ["nope"] })).err().map(|error| error.message).unwrap_or_default();
    assert_eq!(error, "there is no service `nope`: known are app, postgres");
}

#[test]
fn status_tells_what_is_stopped() {
    let states = call(&world(), json!({ "action": "status" })).unwrap_or_default();
    let told: Vec<(&str, &str)> = states.iter().map(|state| (state.service.as_str(), state.status)).collect();
    assert_eq!(told, [("postgres", "stopped"), ("app", "stopped")]);
}

fn refusal(text: &str) -> String {
    let host = TestHost::new().file("a/b/compose.yaml", text);
    call(&host, json!({ "files": ["a/**/compose.yaml"] })).err().map(|error| error.message).unwrap_or_default()
}

#[test]
fn what_is_not_supported_is_refused_by_name_with_its_line() {
    for (text, expected) in [
        ("services:\n  a:\n    image: x\n    privileged: true\n", "a/b/compose.yaml:4: `services.a.privileged` is not supported"),
        ("services:\n  a:\n    image: x\nsecrets: {}\n", "a/b/compose.yaml:4: `secrets` is not supported"),
        ("services:\n  a:\n    image: x\n    ports: [\"80-90:80\"]\n", "a/b/compose.yaml:4: a port is"),
        ("services:\n  a:\n    image: x\n    volumes: [\"a:b:c:d\"]\n", "a/b/compose.yaml:4: a volume is"),
        ("services:\n  a: {}\n", "a/b/compose.yaml:2: service `a` has no `image`"),
        ("services:\n  a:\n    image: ${NOPE}\n", "a/b/compose.yaml:3: the variable NOPE is not set"),
        ("services:\n  a: { image: x, depends_on: [b] }\n", "service `a` depends on `b`, which no file has"),
        ("services:\n  a: { image: x, volumes: [\"v:/v\"] }\n", "service `a` uses volume `v`, which no file has"),
        ("services:\n  a: { image: x, depends_on: [b] }\n  b: { image: x, depends_on: [a] }\n", "wait for each other: a, b"),
        ("volumes:\n  v: { driver: local }\n", "a/b/compose.yaml:2: `volumes.v.driver` is not supported"),
    ] {
        let message = refusal(text);
        assert!(message.contains(expected), "{message}\n{expected}");
    }
}

#[test]
fn a_service_becomes_the_body_that_docker_takes() {
    let mut project = Project { name: "demo".into(), ..Project::default() };
    project.networks.insert("default".into(), "demo_default".into());
    assert!(project.add("platform/docker/databases/postgres/compose.yaml", POSTGRES, &BTreeMap::new()).is_ok());
    let body = container::body(&project, &project.services["postgres"]).unwrap_or_default();
    assert_eq!(body["Image"], "postgres:16");
    assert_eq!(body["Env"], json!(["POSTGRES_PASSWORD=secret"]));
    assert_eq!(body["HostConfig"]["PortBindings"], json!({ "5432/tcp": [{ "HostIp": "127.0.0.1", "HostPort": "5432" }] }));
    let mount = json!({ "Type": "volume", "Source": "demo-data", "Target": "/var/lib/postgresql/data", "ReadOnly": false });
    assert_eq!(body["HostConfig"]["Mounts"], json!([mount]));
    assert_eq!(body["Healthcheck"], json!({ "Test": ["CMD", "pg_isready"], "Interval": 2_000_000_000_i64, "Retries": 3 }));
    assert_eq!(body["Labels"]["dev.infra.category"], "databases");
}
