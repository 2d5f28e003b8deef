//! The reference platform on a cluster: from nothing to all ready, by category, forward, back, and gone.

use infra_tests::{Cluster, Infra, Platform};
use serde_json::Value;
use std::fs;
use std::path::Path;

const LOCAL: [&str; 4] = [
    "CONTEXT=bench",
    "WEB_IMAGE=infra-bench/busybox:1",
    "POSTGRES_IMAGE=comind-ops/postgres:debian",
    "REDIS_IMAGE=comind-ops/redis:debian",
];

/// The repository's Infrafile and manifests, with namespaces of the test's own.
fn platform() -> Cluster {
    let cluster = Cluster::empty();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let own = |text: String| text.replace("comind-ops-", &format!("{}-", cluster.namespace));
    cluster.project.file("Infrafile.toml", own(fs::read_to_string(repository.join("Infrafile.toml")).unwrap()));
    let endpoints = "platform/tasks/endpoints/Cargo.toml";
    cluster.project.file(endpoints, fs::read(repository.join(endpoints)).unwrap());
    let mut directories = vec![repository.join("platform/k8s")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                cluster.project.file(path.strip_prefix(repository).unwrap().to_str().unwrap(), own(text));
            }
        }
    }
    for tier in ["apps", "databases"] {
        cluster.goes_with_it(&format!("/api/v1/namespaces/{}-{tier}", cluster.namespace));
    }
    cluster
}

fn call(cluster: &Cluster, words: &[&str]) -> Infra {
    cluster.infra(&[words, &LOCAL].concat())
}

fn status(cluster: &Cluster, kind: &str, name: &str) -> Option<Value> {
    let tier = if name == "web" { "apps" } else { "databases" };
    Some(cluster.get(&format!("/apis/apps/v1/namespaces/{}-{tier}/{kind}/{name}", cluster.namespace))?["status"].clone())
}

#[test]
fn deploy_brings_all_of_it_up_and_cleanup_leaves_nothing() {
    // The images of the databases come from Debian packages, as on the Docker side.
    let _images = Platform::new();
    let cluster = platform();
    let plan = call(&cluster, &["plan", "deploy", "--detailed-exitcode"]).output().expect_code(2);
    assert!(plan.stdout.contains("StatefulSet/postgres"), "{}", plan.stdout);
    let _up = call(&cluster, &["run", "deploy"]).output().expect_success();
    assert_eq!(status(&cluster, "statefulsets", "postgres").unwrap()["readyReplicas"], 1);
    assert_eq!(status(&cluster, "deployments", "redis").unwrap()["readyReplicas"], 1);
    // The overlay wants one pod where the base wants two.
    assert_eq!(status(&cluster, "deployments", "web").unwrap()["readyReplicas"], 1);
    let after = call(&cluster, &["plan", "deploy", "--detailed-exitcode"]).output().expect_success();
    assert!(after.stdout.starts_with("No changes"), "{}", after.stdout);
    let shown = call(&cluster, &["run", "deploy-status"]).output().expect_success();
    assert!(!shown.stdout.contains("not there"), "{}", shown.stdout);
    let logs = call(&cluster, &["run", "logs", "APP=web"]).output().expect_success();
    assert!(!logs.stderr.contains("failed"), "{}", logs.stderr);

    let refused = call(&cluster, &["run", "cleanup"]).output().expect_code(64);
    assert!(refused.stderr.contains("`cleanup`") && status(&cluster, "deployments", "web").is_some(), "{}", refused.stderr);
    let _gone = call(&cluster, &["run", "cleanup", "--yes"]).output().expect_success();
    for tier in ["apps", "databases"] {
        assert_eq!(cluster.get(&format!("/api/v1/namespaces/{}-{tier}", cluster.namespace)), None);
    }
}

#[test]
fn one_category_goes_up_changes_and_goes_back() {
    let cluster = platform();
    let _up = call(&cluster, &["run", "deploy", "CATEGORY=foundation,apps"]).output().expect_success();
    assert_eq!(status(&cluster, "statefulsets", "postgres"), None, "only what was named");
    // Prod wants more pods, and has the quota for them.
    let _more = call(&cluster, &["run", "deploy", "CATEGORY=foundation,apps", "OVERLAY=prod"]).output().expect_success();
    assert_eq!(status(&cluster, "deployments", "web").unwrap()["readyReplicas"], 3);
    let path = "platform/k8s/apps/base/web.yaml";
    cluster.project.file(path, cluster.project.read(path).replace("httpd, -f,", "httpd, -f, -v,"));
    let _changed = call(&cluster, &["run", "deploy", "CATEGORY=apps"]).output().expect_success();
    let rollout = call(&cluster, &["run", "rollout", "CATEGORY=apps", "--json"]).output().expect_success();
    let told: Value = serde_json::from_str(&rollout.stdout).unwrap();
    assert_eq!((&told[0]["revision"], &told[0]["complete"]), (&2.into(), &true.into()), "{told}");
    let _back = call(&cluster, &["run", "rollback", "APP=web"]).output().expect_success();
    let web = format!("/apis/apps/v1/namespaces/{}-apps/deployments/web", cluster.namespace);
    let args = cluster.get(&web).unwrap()["spec"]["template"]["spec"]["containers"][0]["command"].clone();
    assert_eq!(args[2], "-p", "the command before: {args}");

    let unknown = call(&cluster, &["run", "deploy", "CATEGORY=app"]).output().expect_code(1);
    assert!(unknown.stderr.contains("there is no category `app`") && unknown.stderr.contains("foundation"), "{}", unknown.stderr);
    let elsewhere = cluster.infra(&["run", "deploy", "CONTEXT=production"]).output();
    assert_eq!(elsewhere.code, Some(77), "{}", elsewhere.stderr);
}
