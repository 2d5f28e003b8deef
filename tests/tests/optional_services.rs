//! The services of the reference platform that take part where `OPTIONAL` names them.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use infra_tests::{Platform, wait_for};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

const UP: [&str; 4] = ["run", "services-setup", "IMAGES=debian", "OPTIONAL=registry,queues,monitoring"];

fn ask(port: u16, path: &str) -> String {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return String::new() };
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn they_come_up_where_they_are_named_and_what_is_not_to_be_had_is_told() {
    let platform = Platform::new();
    let none = platform.infra(&["run", "monitoring-access"]).output().expect_code(1);
    assert!(none.stderr.contains("none of prometheus, alertmanager, grafana runs"), "{}", none.stderr);

    let up = platform.infra(&UP).output().expect_success();
    for missing in ["grafana", "elasticmq"] {
        let told = format!("{missing} is not available from Debian packages");
        assert!(up.stderr.contains(&told), "{}", up.stderr);
        assert!(platform.docker.container(&platform.container(missing)).is_none());
    }
    for service in ["registry", "prometheus", "alertmanager", "postgres", "redis"] {
        let found = platform.docker.container(&platform.container(service)).unwrap();
        assert_eq!(found["State"]["Health"]["Status"], "healthy", "{service}");
    }
    let registry = platform.port("platform/docker/infrastructure/registry/compose.yaml", "REGISTRY_PORT");
    assert!(ask(registry, "/v2/").starts_with("HTTP/1.0 200"));
    let prometheus = platform.port("platform/docker/monitoring/prometheus/compose.yaml", "PROMETHEUS_PORT");
    assert!(ask(prometheus, "/api/v1/rules").contains("TargetDown"));
    wait_for("Prometheus knows Alertmanager", || ask(prometheus, "/api/v1/alertmanagers").contains("alertmanager:9093"));
    let access = platform.infra(&["run", "monitoring-access", "--json"]).output().expect_success();
    let access: serde_json::Value = serde_json::from_str(&access.stdout).unwrap();
    let services: Vec<_> = access.as_array().unwrap().iter().map(|one| one["service"].as_str().unwrap()).collect();
    assert_eq!(services, ["alertmanager", "prometheus"]);
    assert_eq!(access[1]["url"], format!("http://127.0.0.1:{prometheus}"));
}
