//! A runner that is killed with -9 in the middle of an apply.

use crate::manifests::{config_map, together};
use infra_tests::{Cluster, Running};
use rustix::process::{Pid, Signal, kill_process};
use std::sync::{Arc, OnceLock};

#[test]
fn resume_applies_what_is_left() {
    let cluster = Cluster::new();
    let maps: Vec<String> = (0..20).map(|number| config_map(&format!("map-{number}"), "1")).collect();
    cluster.file("k8s/all.yaml", &together(&maps.iter().map(String::as_str).collect::<Vec<_>>()));
    cluster.task("apply", "", &cluster.grant());
    let runner: Arc<OnceLock<Pid>> = Arc::default();
    let victim = Arc::clone(&runner);
    let child = cluster.infra(&["run", "k", "--output", "json"]).start();
    let running = Running::new(child, move |_, line| {
        if line.contains("\"kubernetes.apply\"") {
            let _ = kill_process(*victim.wait(), Signal::KILL);
        }
    });
    runner.set(running.pid()).unwrap();
    assert_eq!(running.end().code, None, "it was killed");
    let made = || cluster.names("configmaps").iter().filter(|name| name.starts_with("map-")).count();
    let before = made();
    assert!(before < 20, "it was killed before its end");
    let _resumed = cluster.infra(&["resume"]).output().expect_success();
    assert_eq!(made(), 20);
    assert!(cluster.plan("apply", "").expect_success().stdout.starts_with("No changes"));
}
