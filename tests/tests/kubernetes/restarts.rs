//! An API server that is killed with -9 and started again, in the middle of things. It is one of the test's own.

use crate::manifests::{config_map, together};
use infra_tests::{Bench, Cluster, Running};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn a_wait_goes_on_after_it() {
    let bench = Bench::up();
    let cluster = Cluster::of(&bench.kubeconfig);
    cluster.make_namespace(&cluster.namespace);
    cluster.file("k8s/later.yaml", &config_map("later", "begun"));
    let _begun = cluster.run("apply", "").expect_success();
    let with = format!("namespace = \"{}\"\ntargets = [\"configmap/later\"]\nuntil = \"field=data.key=done\"", cluster.namespace);
    cluster.task("wait", &with, &cluster.grant());
    let running = Running::new(cluster.infra(&["run", "k", "--output", "json", "-v"]).start(), |_, _| {});
    running
        .wait_for_event("the wait begins", |event| event["text"].as_str().is_some_and(|text| text.contains("data.key is begun")));
    bench.kill_server();
    let _same = bench.start();
    let path = format!("/api/v1/namespaces/{}/configmaps/later", cluster.namespace);
    assert_eq!(cluster.call("PATCH", &path, Some(&json!({ "data": { "key": "done" } }))).0, 200);
    let _done = running.end().expect_success();
    drop(cluster);
    drop(bench);
}

#[test]
fn an_apply_goes_on_after_it() {
    const MANY: usize = 40;
    let bench = Arc::new(Bench::up());
    let cluster = Cluster::of(&bench.kubeconfig);
    cluster.make_namespace(&cluster.namespace);
    let maps: Vec<String> = (0..MANY).map(|number| config_map(&format!("map-{number}"), "1")).collect();
    cluster.file("k8s/all.yaml", &together(&maps.iter().map(String::as_str).collect::<Vec<_>>()));
    cluster.task("apply", "", &cluster.grant());
    let killed: Arc<AtomicBool> = Arc::default();
    let (victim, once) = (Arc::clone(&bench), Arc::clone(&killed));
    let running = Running::new(cluster.infra(&["run", "k", "--output", "json"]).start(), move |_, line| {
        let performed = line.contains("\"kubernetes.apply\"") && line.contains("\"performed\"");
        if performed && !once.swap(true, Ordering::SeqCst) {
            victim.kill_server();
        }
    });
    running.wait_for_event("an object is applied", |event| event["kind"] == "kubernetes.apply" && event["action"] == "performed");
    infra_tests::wait_for("the server is killed", || killed.load(Ordering::SeqCst));
    let before = bench.start();
    assert_eq!(before, bench.kubeconfig);
    let _done = running.end().expect_success();
    assert_eq!(cluster.names("configmaps").iter().filter(|name| name.starts_with("map-")).count(), MANY);
    assert!(cluster.plan("apply", "").expect_success().stdout.starts_with("No changes"));
    drop(cluster);
}
