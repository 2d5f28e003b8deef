//! The main job: `infra run bootstrap` on a machine that has none of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use infra_tests::{Journal, Platform};
use std::net::TcpStream;

const BOOTSTRAP: [&str; 4] = ["run", "bootstrap", "PROFILE=local", "IMAGES=debian"];

fn ids(platform: &Platform) -> Vec<String> {
    let started = |service: &str| {
        let found = platform.docker.container(&platform.container(service)).unwrap();
        format!("{} {}", found["Id"], found["State"]["StartedAt"])
    };
    ["postgres", "redis"].map(started).to_vec()
}

#[test]
fn services_come_up_from_nothing_and_a_second_run_changes_nothing() {
    let platform = Platform::new();
    assert_eq!(platform.docker.containers(&platform.name), Vec::<serde_json::Value>::new());
    let first = platform.infra(&BOOTSTRAP).output().expect_success();

    let (code, answer) =
        platform.docker.exec(&platform.container("postgres"), &["psql", "-U", "postgres", "-tAc", "SELECT 6 * 7"]);
    assert_eq!((code, answer.trim()), (0, "42"));
    let (code, answer) = platform.docker.exec(&platform.container("redis"), &["redis-cli", "ping"]);
    assert_eq!((code, answer.trim()), (0, "PONG"));
    for port in [platform.postgres, platform.redis] {
        TcpStream::connect(("127.0.0.1", port)).unwrap();
        assert!(format!("{}{}", first.stdout, first.stderr).contains(&port.to_string()), "{}", first.stderr);
    }

    let before = ids(&platform);
    let (volumes, networks) = (platform.docker.volumes(&platform.name), platform.docker.networks(&platform.name));
    assert_eq!((volumes.len(), networks.len()), (2, 1));
    let second = platform.infra(&[&BOOTSTRAP[..], &["--output", "json"]].concat()).output().expect_success();
    assert_eq!(ids(&platform), before);
    assert_eq!(platform.docker.volumes(&platform.name), volumes);
    for event in second.events() {
        assert!(event["write"] != true, "{event}");
        assert!(event["outcome"]["changed"] != true, "{event}");
    }
    let runs = Journal::of(&platform.project).runs();
    let outcomes: Vec<_> = runs.iter().map(|run| run.outcome.as_deref()).collect();
    assert_eq!(outcomes, [Some("succeeded"), Some("succeeded")]);
}

#[test]
fn what_is_stopped_by_hand_starts_again_and_keeps_its_data() {
    let platform = Platform::new();
    let _up = platform.infra(&BOOTSTRAP).output().expect_success();
    let redis = platform.container("redis");
    let (code, _) = platform.docker.exec(&redis, &["redis-cli", "set", "answer", "42"]);
    assert_eq!(code, 0);
    let postgres = ids(&platform)[0].clone();
    let _stopped = platform.infra(&["run", "services-stop"]).output().expect_success();
    assert_eq!(platform.docker.containers(&platform.name).len(), 0);
    assert_eq!(platform.docker.volumes(&platform.name).len(), 2, "data stays");
    let _up = platform.infra(&BOOTSTRAP).output().expect_success();
    assert_ne!(ids(&platform)[0], postgres);
    let (_, answer) = platform.docker.exec(&redis, &["redis-cli", "get", "answer"]);
    assert_eq!(answer.trim(), "42");
}
