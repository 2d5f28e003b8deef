//! `std/cluster` and `std/status`: a cluster that exists, one that a program in the place of k3d makes, and none.

use crate::manifests::deployment;
use infra_tests::{Cluster, Infra};
use serde_json::{Value, json};

/// "Makes" a cluster by giving the one that is there another name in the kubeconfig.
const STAND_IN: &str = r#"#!/bin/sh
set -eu
printf '%s\n' "$*" >>calls
case "$*" in
  "cluster list --output json") if grep -q k3d-dev "$KUBECONFIG"; then echo '[{"name":"dev","serversRunning":1}]'; else echo '[]'; fi ;;
  "cluster create dev --wait --timeout 60s --kubeconfig-switch-context=false") sed 's/name: bench, context/name: k3d-dev, context/' bench >"$KUBECONFIG" ;;
  "kubeconfig merge dev --kubeconfig-merge-default --kubeconfig-switch-context=false") echo "$KUBECONFIG" ;;
  "cluster delete dev") echo "apiVersion: v1" >"$KUBECONFIG" ;;
  *) exit 64 ;;
esac
"#;

fn task(cluster: &Cluster, with: &str) {
    cluster.file(
        "Infrafile.toml",
        &format!(
            r#"
[project]
name = "NAMESPACE"

[tasks.cluster]
uses  = "std/cluster"
with  = {{ name = "dev", timeout = 60, {with} }}
allow = [
  {{ kubernetes = [{{ contexts = ["bench", "k3d-dev", "kind-dev"], cluster = ["Node"], verbs = ["get", "wait"] }}] }},
  {{ process = [{{ program = "k3d", confine = false, env = ["KUBECONFIG"] }}, {{ program = "kind", confine = false }}] }},
]

[tasks.bootstrap]
uses  = "std/status"
needs = ["cluster"]
with  = {{ docker = false, context = "${{needs.cluster.context}}", incomplete = "${{needs.cluster.incomplete}}", namespaces = ["NAMESPACE"] }}
allow = [{{ kubernetes = [{{ contexts = ["bench"], namespaces = ["NAMESPACE"], kinds = ["*"], verbs = ["get"] }}] }}]
"#
        ),
    );
}

fn told(infra: Infra) -> Value {
    serde_json::from_str(&infra.output().expect_success().stdout).unwrap()
}

/// With nothing in `PATH` but what the system has.
fn plain(cluster: &Cluster, words: &[&str]) -> Infra {
    cluster.infra(words).env("PATH", "/usr/bin:/bin")
}

#[test]
fn one_that_exists_is_taken_and_shown() {
    let cluster = Cluster::new();
    cluster.file("k8s/web.yaml", &deployment("web", 1, "IMAGE"));
    let _up = cluster.run("apply", "").expect_success();
    task(&cluster, "cluster = \"existing\", context = \"bench\"");
    let found = told(plain(&cluster, &["run", "cluster", "--json"]));
    assert_eq!((&found["context"], &found["nodes"], &found["ready"]), (&json!("bench"), &json!(1), &json!(true)));
    let page = told(plain(&cluster, &["run", "bootstrap", "--json"]));
    assert_eq!((&page["context"], &page["workloads"][0]["ready"]), (&json!("bench"), &json!("1/1")), "{page}");
    task(&cluster, "cluster = \"existing\", context = \"prod\"");
    let refused = plain(&cluster, &["run", "cluster"]).output().expect_code(77);
    assert!(refused.stderr.contains(r#"contexts = ["prod"]"#), "{}", refused.stderr);
}

#[test]
fn where_nothing_can_make_one_the_end_says_what_to_install() {
    let cluster = Cluster::new();
    task(&cluster, "cluster = \"auto\"");
    let run = plain(&cluster, &["run", "bootstrap"]).output().expect_success();
    let shown = format!("{}{}", run.stdout, run.stderr);
    assert!(shown.contains("bootstrap incomplete: there is no cluster: install k3d"), "{shown}");
    let plan = plain(&cluster, &["plan", "bootstrap", "--detailed-exitcode"]).output().expect_success();
    assert!(plan.stdout.starts_with("No changes"), "{}", plan.stdout);
    task(&cluster, "cluster = \"none\"");
    let wanted = plain(&cluster, &["run", "cluster", "--json"]).output().expect_success();
    assert!(wanted.stdout.contains("\"incomplete\": null"), "{}", wanted.stdout);
    task(&cluster, "cluster = \"k3d\"");
    let missing = plain(&cluster, &["run", "cluster"]).output().expect_code(69);
    assert!(missing.stderr.contains("`k3d` is not installed"), "{}", missing.stderr);
}

#[test]
fn a_stand_in_for_k3d_makes_one_once_and_deletes_it() {
    let cluster = Cluster::new();
    let root = cluster.project.root();
    cluster.project.file("bin/k3d", STAND_IN);
    std::fs::set_permissions(root.join("bin/k3d"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let bench = std::env::var_os("BENCH_KUBECONFIG").unwrap();
    cluster.project.file("bench", std::fs::read(bench).unwrap());
    cluster.project.file("kubeconfig", "apiVersion: v1\n");
    let path = format!("{}:/usr/bin:/bin", root.join("bin").display());
    let call = |words: &[&str]| cluster.infra(words).env("PATH", &path).env("KUBECONFIG", root.join("kubeconfig"));
    task(&cluster, "cluster = \"auto\"");
    for _ in 0..2 {
        let found = told(call(&["run", "cluster", "--json"]));
        assert_eq!((&found["cluster"], &found["context"], &found["nodes"]), (&json!("k3d"), &json!("k3d-dev"), &json!(1)));
        assert_eq!(found["kubeconfig"], root.join("kubeconfig").to_str().unwrap());
    }
    let made = cluster.project.read("calls").lines().filter(|line| line.starts_with("cluster create")).count();
    assert_eq!(made, 1);
    task(&cluster, "action = \"delete\"");
    assert_eq!(told(call(&["run", "cluster", "--json"])), json!({ "cluster": "k3d", "deleted": true }));
    assert_eq!(told(call(&["run", "cluster", "--json"])), json!({ "cluster": "k3d", "deleted": false }));
}
