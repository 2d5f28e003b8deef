//! Waiting, and its early end where it is hopeless.

use crate::manifests::{config_map, deployment};
use infra_tests::{Cluster, Running};
use serde_json::json;

fn on(cluster: &Cluster, target: &str, more: &str) -> String {
    format!("namespace = \"{}\"\ntargets = [\"{target}\"]\n{more}", cluster.namespace)
}

#[test]
fn what_is_waited_for_may_come_later() {
    let cluster = Cluster::new();
    let with = on(&cluster, "configmap/later", "until = \"field=data.key=done\"");
    cluster.file("k8s/later.yaml", &config_map("later", "begun"));
    let _begun = cluster.run("apply", "").expect_success();
    cluster.task("wait", &with, &cluster.grant());
    let child = cluster.infra(&["run", "k", "--output", "json", "-v"]).start();
    let running = Running::new(child, |_, _| {});
    running
        .wait_for_event("the wait begins", |event| event["text"].as_str().is_some_and(|text| text.contains("data.key is begun")));
    let path = format!("/api/v1/namespaces/{}/configmaps/later", cluster.namespace);
    assert_eq!(cluster.call("PATCH", &path, Some(&json!({ "data": { "key": "done" } }))).0, 200);
    let _done = running.end().expect_success();

    let gone = on(&cluster, "configmap/none", "until = \"deleted\"");
    let _at_once = cluster.run("wait", &gone).expect_success();
    cluster.task("wait", &on(&cluster, "configmap/none", "until = \"exists\""), &cluster.grant());
    cluster.project.file("Infrafile.toml", cluster.project.read("Infrafile.toml").replace("timeout = 120", "timeout = 1"));
    let late = cluster.infra(&["run", "k"]).output().expect_code(124);
    assert!(late.stderr.contains("it is not there yet"), "{}", late.stderr);
    let wrong = cluster.run("wait", &on(&cluster, "configmap/later", "until = \"soon\"")).expect_code(1);
    assert!(wrong.stderr.contains("`until` is `soon`"), "{}", wrong.stderr);
}

#[test]
fn a_crash_loop_ends_the_wait_with_the_last_words() {
    let cluster = Cluster::new();
    let crashing = deployment("crash", 1, "IMAGE").replace(crate::manifests::FOREVER, "echo the last words; exit 3");
    cluster.file("k8s/crash.yaml", &crashing);
    cluster.task("apply", "", &cluster.grant());
    // Only an early end explains an end.
    cluster.project.file("Infrafile.toml", cluster.project.read("Infrafile.toml").replace("timeout = 120", "timeout = 100000"));
    let failed = cluster.infra(&["run", "k"]).output().expect_code(1);
    assert!(failed.stderr.contains("ends again and again") && failed.stderr.contains("the last words"), "{}", failed.stderr);
    assert!(failed.stderr.contains("kubectl"), "a hint says how to look closer: {}", failed.stderr);
}

#[test]
fn too_much_memory_is_told_as_that() {
    let cluster = Cluster::new();
    let greedy = deployment("greedy", 1, "IMAGE").replace(crate::manifests::FOREVER, "tail /dev/zero").replace(
        "command:",
        "readinessProbe: { exec: { command: [\"false\"] } }, resources: { limits: { memory: 16Mi } }, command:",
    );
    cluster.file("k8s/greedy.yaml", &greedy);
    let failed = cluster.run("apply", "").expect_code(1);
    assert!(failed.stderr.contains("OOMKilled"), "{}", failed.stderr);
}
