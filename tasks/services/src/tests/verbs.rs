use super::*;
use infra::docker::PortHolder;

#[test]
fn services_come_up_in_order_and_the_second_time_nothing_changes() {
    let host = world();
    let told = call(&host, json!({})).unwrap_or_default();
    let first = [
        "docker.create-network test_default",
        "docker.create-volume demo-data",
        "docker.pull-image postgres:16",
        "docker.pull-image app:1",
        "docker.create-container test-postgres-1",
        "docker.start-container test-postgres-1",
        "docker.create-container test-app-1",
        "docker.start-container test-app-1",
    ];
    assert_eq!(writes(&host), first);
    assert_eq!((&told["platform"], &told["services"][0]["status"]), (&json!("docker"), &json!("running")));
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
fn what_depends_on_it_with_restart_is_started_again() {
    let text = "services:\n  a: { image: \"a:${TAG:-1}\", ports: [1] }\n  \
                b: { image: b, ports: [2], depends_on: { a: { condition: service_started, restart: true } } }\n";
    let host = one(text);
    assert!(call_one(&host, json!({})).is_ok());
    let before = writes(&host).len();
    assert!(call_one(&host, json!({ "env": { "TAG": "2" } })).is_ok());
    let last = &writes(&host)[before..];
    assert_eq!(last[last.len() - 2..], ["docker.stop-container test-b-1", "docker.start-container test-b-1"]);
}

#[test]
fn services_go_down_in_the_opposite_order_and_keep_their_volumes() {
    let host = world();
    assert!(call(&host, json!({})).is_ok());
    let before = writes(&host).len();
    assert!(call(&host, json!({ "action": "down" })).is_ok());
    let down = [
        "docker.stop-container test-app-1",
        "docker.remove-container test-app-1",
        "docker.stop-container test-postgres-1",
        "docker.remove-container test-postgres-1",
        "docker.remove-network test_default",
    ];
    assert_eq!(writes(&host)[before..], down);
    assert!(call(&host, json!({ "action": "clean" })).is_ok());
    assert_eq!(writes(&host)[before + down.len()..], ["docker.remove-volume demo-data"]);
}

#[test]
fn down_of_one_service_leaves_what_it_depends_on_and_what_they_share() {
    let host = world();
    assert!(call(&host, json!({})).is_ok());
    let before = writes(&host).len();
    assert!(call(&host, json!({ "action": "down", "category": "applications" })).is_ok());
    assert_eq!(writes(&host)[before..], ["docker.stop-container test-app-1", "docker.remove-container test-app-1"]);
    assert!(call(&host, json!({ "action": "clean", "services": ["app"] })).is_ok());
    assert_eq!(writes(&host).len(), before + 2);
}

#[test]
fn stopped_services_start_again_as_they_are() {
    let host = world();
    assert!(call(&host, json!({})).is_ok());
    let before = writes(&host).len();
    assert!(call(&host, json!({ "action": "stop" })).is_ok());
    assert!(call(&host, json!({ "action": "start" })).is_ok());
    assert!(call(&host, json!({ "action": "restart", "services": ["app"] })).is_ok());
    let expected = [
        "docker.stop-container test-app-1",
        "docker.stop-container test-postgres-1",
        "docker.start-container test-postgres-1",
        "docker.start-container test-app-1",
        "docker.stop-container test-app-1",
        "docker.start-container test-app-1",
    ];
    assert_eq!(writes(&host)[before..], expected);
    assert_eq!(message(call(&world(), json!({ "action": "start" }))), "service postgres has no container");
}

#[test]
fn a_selection_brings_what_it_depends_on() {
    let host = world();
    let told = call(&host, json!({ "category": "applications" })).unwrap_or_default();
    assert_eq!((&told["services"][0]["name"], &told["services"][1]["name"]), (&json!("postgres"), &json!("app")));
    let error = message(call(&world(), json!({ "services": ["nope"] })));
    assert_eq!(error, "there is no service `nope`: known are app, postgres");
    let error = message(call(&world(), json!({ "category": "storage" })));
    assert_eq!(error, "no service is of the category `storage`: known are applications, databases");
}

#[test]
fn what_takes_no_part_stays_away_until_it_is_named() {
    let text = "services:\n  a: { image: a, ports: [1] }\n  b: { image: b, ports: [2], profiles: [debug] }\n  \
                c: { image: c, ports: [3], x-infra: { enabled: \"${C:-false}\" } }\n";
    let names = |args: Value| {
        let told = call_one(&one(text), args).unwrap_or_default();
        let services = told["services"].as_array().cloned().unwrap_or_default();
        services.iter().map(|service| service["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(json!({})), ["a"]);
    assert_eq!(names(json!({ "profiles": ["debug"] })), ["a", "b"]);
    assert_eq!(names(json!({ "profiles": ["*"] })), ["a", "b"]);
    assert_eq!(names(json!({ "env": { "C": "true" } })), ["a", "c"]);
    assert_eq!(names(json!({ "services": ["b"] })), ["b"]);
    let needs = "services:\n  a: { image: a, depends_on: [b] }\n  b: { image: b, profiles: [debug] }\n";
    let error = message(call_one(&one(needs), json!({})));
    assert_eq!(error, "a/b/compose.yaml:2: service `a` depends on `b`, which has the profile debug and takes no part");
}

#[test]
fn status_tells_the_registry_too() {
    let text = "services:\n  a: { image: a, ports: [1], x-infra: { required: false, description: Extra } }\n  \
                b: { image: b, profiles: [x] }\n";
    let told = call_one(&one(text), json!({ "action": "status" })).unwrap_or_default();
    let rows = told["services"].as_array().cloned().unwrap_or_default();
    assert_eq!(rows[0]["status"], "stopped");
    assert_eq!((&rows[0]["required"], &rows[0]["description"]), (&json!(false), &json!("Extra")));
    assert_eq!((&rows[1]["status"], &rows[1]["enabled"]), (&json!("disabled"), &json!(false)));
}

#[test]
fn a_port_that_is_taken_is_found_before_anything_starts() {
    let holder = PortHolder { container: Some("other".to_owned()), what: "x:1".to_owned() };
    let host = world().port(5432, holder);
    let error = message(call(&host, json!({})));
    let expected = "platform/docker/databases/postgres/compose.yaml:6: service postgres cannot have port 127.0.0.1:5432: \
                    the container `other` (x:1) publishes it";
    assert_eq!(error, expected);
    assert!(writes(&host).is_empty());
    // What the service itself holds is no conflict.
    let host = world();
    assert!(call(&host, json!({})).is_ok());
    let own = PortHolder { container: Some("test-postgres-1".to_owned()), what: String::new() };
    let host = host.port(5432, own);
    assert!(call(&host, json!({ "env": { "POSTGRES_IMAGE": "postgres:17" } })).is_ok());
}

#[test]
fn resilient_carries_on_and_tells_what_is_missing() {
    let text = "services:\n  a: { image: a, ports: [\"81:81\"] }\n  b: { image: b, ports: [2], depends_on: [a] }\n  c: { image: c, ports: [3] }\n";
    let program = PortHolder { container: None, what: "nginx (process 7)".to_owned() };
    let host = one(text).port(81, program);
    let error = message(call_one(&host, json!({ "resilient": true })));
    assert!(error.starts_with("2 of 3 services are missing:\n  a: a/b/compose.yaml:2: service a cannot have port"), "{error}");
    assert!(error.contains("nginx (process 7) listens on it"), "{error}");
    assert!(error.ends_with("b: service b was not started: a, which it depends on, is missing"), "{error}");
    assert!(writes(&host).contains(&"docker.start-container test-c-1".to_owned()));
    assert!(!writes(&host).iter().any(|call| call.contains("test-a-1") || call.contains("test-b-1")));
}

#[test]
fn a_service_that_is_not_required_may_be_missing() {
    let text = "services:\n  a: { image: a, pull_policy: never, x-infra: { required: false } }\n  b: { image: b, ports: [2] }\n";
    let host = one(text);
    assert!(call_one(&host, json!({})).is_ok());
    assert!(writes(&host).contains(&"docker.start-container test-b-1".to_owned()));
    let required = text.replace("required: false", "required: true");
    assert!(message(call_one(&one(&required), json!({}))).contains("must not pull it"));
}

#[test]
fn a_one_off_that_ended_well_is_done_and_one_that_failed_is_not() {
    let text = "services:\n  migrate: { image: m }\n  app: { image: a, ports: [1], depends_on: { migrate: { condition: service_completed_successfully } } }\n";
    let host = one(text).ending("test-migrate-1", 0);
    let told = call_one(&host, json!({})).unwrap_or_default();
    assert_eq!(told["services"][0]["status"], "done");
    let before = writes(&host).len();
    assert!(call_one(&host, json!({})).is_ok());
    assert_eq!(writes(&host).len(), before);
    let host = one(text).ending("test-migrate-1", 3);
    let error = message(call_one(&host, json!({})));
    assert_eq!(error, "service migrate: the container `test-migrate-1` has ended with exit code 3");
    assert!(!writes(&host).iter().any(|call| call.contains("test-app-1")));
}

#[test]
fn images_are_built_or_pulled_as_the_files_say() {
    let text = "services:\n  a: { build: { context: ./src, tags: [\"extra:1\"] } }\n  b: { image: b, ports: [1] }\n  c: { image: b, ports: [2] }\n";
    let host = one(text);
    assert!(call_one(&host, json!({ "action": "build" })).is_ok());
    assert!(call_one(&host, json!({ "action": "pull" })).is_ok());
    assert_eq!(writes(&host), ["docker.build-image a/b/src", "docker.pull-image b"]);
}

#[test]
fn only_what_the_action_does_is_asked_for() {
    let verbs = |action: &str| {
        let params = Services::from_json(json!({ "action": action, "files": ["x/*.yaml"] }));
        let grants: Value = params
            .and_then(|params| requires(&params))
            .map(|grants| grants.to_json())
            .unwrap_or_default()
            .parse()
            .unwrap_or_default();
        (grants["docker"][0]["verbs"].to_string(), grants["files"]["read"].to_string())
    };
    assert_eq!(verbs("status"), (r#"["inspect"]"#.to_owned(), r#"["x/*.yaml","x/.env"]"#.to_owned()));
    assert_eq!(verbs("logs").0, r#"["logs"]"#);
    assert_eq!(verbs("clean").0, r#"["stop","remove","networks","clean"]"#);
}

#[test]
fn a_network_that_was_made_from_another_definition_is_made_anew() {
    let text = "services:\n  a: { image: a, ports: [1], networks: [n] }\n  b: { image: b, ports: [2] }\nnetworks:\n  n: { internal: \"${I:-false}\" }\n";
    let host = one(text);
    assert!(call_one(&host, json!({})).is_ok());
    let before = writes(&host).len();
    assert!(call_one(&host, json!({ "env": { "I": "true" } })).is_ok());
    let expected = [
        "docker.stop-container test-a-1",
        "docker.remove-container test-a-1",
        "docker.remove-network test_n",
        "docker.create-network test_n",
        "docker.create-container test-a-1",
        "docker.start-container test-a-1",
    ];
    assert_eq!(writes(&host)[before..], expected);
}

#[test]
fn a_volume_that_was_made_from_another_definition_keeps_its_data() {
    let text =
        "services:\n  a: { image: a, ports: [1], volumes: [\"data:/data\"] }\nvolumes:\n  data: { labels: { x: \"${X:-1}\" } }\n";
    let host = one(text);
    assert!(call_one(&host, json!({})).is_ok());
    let before = writes(&host);
    let error = message(call_one(&host, json!({ "env": { "X": "2" } })));
    assert_eq!(error, "the volume test_data has data and was made from another definition");
    assert_eq!(writes(&host), before);
}

#[test]
fn what_belongs_to_somebody_else_must_be_there_and_stays() {
    let text = "services:\n  a: { image: a, ports: [1], networks: [n], volumes: [\"v:/v\"] }\nnetworks:\n  n: { external: true }\nvolumes:\n  v: { external: true, name: theirs }\n";
    assert_eq!(message(call_one(&one(text), json!({}))), "the external network n is not there");
    let host = one(text);
    host.run(|| {
        assert!(infra::docker::create_network("n", &json!({})).is_ok());
        assert!(infra::docker::create_volume("theirs", &json!({})).is_ok());
    });
    assert!(call_one(&host, json!({})).is_ok());
    assert!(call_one(&host, json!({ "action": "clean" })).is_ok());
    assert!(!writes(&host).iter().any(|call| call.contains("remove-network n") || call.contains("remove-volume")));
}

#[test]
fn what_the_daemon_cannot_do_is_refused_before_anything_is_made() {
    for (key, expected) in [
        ("platform: linux/arm64", "`services.a.platform` is linux/arm64, and the daemon's is linux/amd64"),
        ("healthcheck: { test: [CMD, x], start_interval: 1s }", "`start_interval` needs Docker 25, and the daemon is 20.10.24"),
    ] {
        let host = one(&format!("services:\n  a: {{ image: a, {key} }}\n"));
        assert_eq!(message(call_one(&host, json!({}))), format!("a/b/compose.yaml:2: {expected}"));
        assert!(writes(&host).is_empty());
    }
}

#[test]
fn without_a_daemon_it_says_so() {
    assert_eq!(message(call(&world().without_docker(), json!({}))), "no Docker daemon answers");
}
