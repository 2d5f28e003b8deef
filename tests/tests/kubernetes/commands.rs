//! Logs, commands in containers, files in and out, ports, events.

use crate::manifests::{FOREVER, deployment};
use infra_tests::{Cluster, free_port, wait_for};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// The arguments that name the Deployment `web`.
fn on_web(cluster: &Cluster, more: &str) -> String {
    format!("namespace = \"{}\"\ntargets = [\"deployment/web\"]\n{more}", cluster.namespace)
}

fn web(cluster: &Cluster, script: &str) {
    cluster.file("k8s/web.yaml", &deployment("web", 1, "IMAGE").replace(FOREVER, script));
    let _up = cluster.run("apply", "").expect_success();
}

#[test]
fn logs_are_shown_with_where_they_are_from() {
    let cluster = Cluster::new();
    web(&cluster, &format!("echo one; echo two; {FOREVER}"));
    let pod = cluster.names("pods").remove(0);
    wait_for("the pod has written", || {
        let logs = cluster.run("logs", &on_web(&cluster, "")).expect_success();
        let shown = format!("{}{}", logs.stdout, logs.stderr);
        shown.contains(&format!("{pod}/main | one")) && shown.contains(&format!("{pod}/main | two"))
    });
    let last = cluster.run("logs", &format!("namespace = \"{}\"\nlabels = \"app=web\"\ntail = 1", cluster.namespace));
    let shown = last.expect_success();
    let shown = format!("{}{}", shown.stdout, shown.stderr);
    assert!(shown.contains("| two") && !shown.contains("| one"), "{shown}");
    let refused = cluster.run_granted("logs", &on_web(&cluster, ""), &cluster.grant().replace(r#""logs", "#, "")).expect_code(77);
    assert!(refused.stderr.contains(r#"verbs = ["logs"]"#), "{}", refused.stderr);
}

#[test]
fn a_command_ends_the_run_with_its_own_code() {
    let cluster = Cluster::new();
    web(&cluster, FOREVER);
    let fine = cluster.run("exec", &on_web(&cluster, r#"command = ["sh", "-c", "echo out; echo err >&2"]"#)).expect_success();
    assert!(fine.stderr.contains("err") && fine.stdout.contains("out"), "{} {}", fine.stdout, fine.stderr);
    let failed = cluster.run("exec", &on_web(&cluster, r#"command = ["sh", "-c", "echo no; exit 7"]"#)).expect_code(7);
    assert!(failed.stderr.contains("exit code 7"), "{}", failed.stderr);
    let with = on_web(&cluster, r#"command = ["touch", "/tmp/made"]"#);
    let refused = cluster.run_granted("exec", &with, &cluster.grant().replace(r#""exec", "#, "")).expect_code(77);
    assert!(refused.stderr.contains(r#"verbs = ["exec"]"#), "{}", refused.stderr);
    let planned = cluster.plan("exec", &with).expect_code(2);
    assert!(planned.stdout.contains("kubernetes.exec"), "{}", planned.stdout);
    let look = on_web(&cluster, r#"command = ["sh", "-c", "test ! -e /tmp/made"]"#);
    let _neither_made_it = cluster.run("exec", &look).expect_success();
}

#[test]
fn files_are_copied_in_and_out() {
    let cluster = Cluster::new();
    web(&cluster, FOREVER);
    // Every byte, and more than one message holds.
    let content: Vec<u8> = (0..300_000_u32).map(|number| (number % 251) as u8).collect();
    cluster.project.file("k8s/data.bin", &content);
    let _sent = cluster.run("copy", &on_web(&cluster, "from = \"k8s/data.bin\"\nto = \":/tmp/data\"")).expect_success();
    std::fs::create_dir(cluster.project.root().join("copied")).unwrap();
    let fetched = cluster.run("copy", &on_web(&cluster, "from = \":/tmp/data\"\nto = \"copied/data.bin\"")).expect_success();
    assert!(fetched.stdout.contains("300000"), "{}", fetched.stdout);
    assert!(std::fs::read(cluster.project.root().join("copied/data.bin")).unwrap() == content, "the copy differs");
    let missing = cluster.run("copy", &on_web(&cluster, "from = \":/none\"\nto = \"copied/none\"")).expect_code(1);
    assert!(missing.stderr.contains("cannot read /none in the container"), "{}", missing.stderr);
    assert!(!cluster.project.has("copied/none"));
    let elsewhere = cluster.run("copy", &on_web(&cluster, "from = \":/tmp/data\"\nto = \"elsewhere\"")).expect_code(77);
    assert!(elsewhere.stderr.contains("elsewhere") && !cluster.project.has("elsewhere"), "{}", elsewhere.stderr);
}

fn ask(port: u16) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(std::time::Duration::from_secs(10))).ok()?;
    stream.write_all(b"GET /who HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.contains("200 OK").then(|| answer.lines().last().unwrap_or_default().to_owned())
}

#[test]
fn a_port_is_a_service_that_survives_the_replacement_of_its_pod() {
    let cluster = Cluster::new();
    web(
        &cluster,
        "mkdir -p /srv; hostname > /srv/who 2>/dev/null || cat /proc/sys/kernel/hostname > /srv/who; exec httpd -f -p 8080 -h /srv",
    );
    let port = free_port();
    cluster.task("port-forward", &on_web(&cluster, &format!("ports = [\"{port}:8080\"]")), &cluster.grant());
    let infrafile = cluster.project.read("Infrafile.toml");
    let as_service = infrafile.replace(
        "[tasks.k]",
        &format!("[tasks.k]\nservice = {{ ready = \"tcp://127.0.0.1:{port}\", restart = \"on-failure\" }}"),
    );
    cluster.project.file("Infrafile.toml", as_service);
    let _started = cluster.infra(&["run", "k"]).output().expect_success();
    let first = cluster.names("pods").remove(0);
    wait_for("the first pod answers", || ask(port).as_deref() == Some(&first));
    let path = format!("/api/v1/namespaces/{}/pods/{first}", cluster.namespace);
    let (status, _) = cluster.call("DELETE", &path, Some(&serde_json::json!({ "gracePeriodSeconds": 0 })));
    assert_eq!(status, 200);
    wait_for("the pod that replaces it answers", || {
        ask(port).is_some_and(|answer| answer != first && answer.starts_with("web-"))
    });
    let _stopped = cluster.infra(&["stop", "k"]).output().expect_success();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "nothing listens any more");

    cluster.task(
        "port-forward",
        &on_web(&cluster, &format!("address = \"0.0.0.0\"\nports = [\"{port}:8080\"]")),
        &cluster.grant(),
    );
    let refused = cluster.infra(&["run", "k"]).output().expect_code(77);
    assert!(refused.stderr.contains(&format!(r#"ports = ["0.0.0.0:{port}"]"#)), "{}", refused.stderr);
}

#[test]
fn events_and_the_state_of_the_manifests_are_told() {
    let cluster = Cluster::new();
    web(&cluster, FOREVER);
    let events = cluster.run("events", &format!("namespace = \"{}\"", cluster.namespace)).expect_success();
    assert!(events.stdout.contains("ScalingReplicaSet"), "{}", events.stdout);
    cluster.file("k8s/more.yaml", &crate::manifests::config_map("missing", "1"));
    let status = cluster.run("status", "").expect_success();
    assert!(status.stdout.contains("not there") && status.stdout.contains("complete"), "{}", status.stdout);
}
