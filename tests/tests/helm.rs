//! `std/helm` with a program in the place of helm that writes down its arguments, looks at its kubeconfig, and answers as helm does.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use infra_tests::{Infra, Project};
use serde_json::{Value, json};

/// `seen/fail` holds how often it fails first.
const STAND_IN: &str = r#"#!/bin/sh
set -eu
printf '%s\n' "$*" >>seen/calls
case $1 in
  lint | template) [ -z "${KUBECONFIG:-}" ] || exit 70 ;;
  *) cp "$KUBECONFIG" seen/kubeconfig ;;
esac
if [ -s seen/fail ]; then
  tail -n +2 seen/fail >seen/rest
  cp seen/rest seen/fail
  echo "Error: UPGRADE FAILED: timed out waiting for the condition" >&2
  exit 1
fi
case $1 in
  lint) echo "1 chart(s) linted, 0 chart(s) failed" ;;
  template) echo "kind: Service" ;;
  upgrade) echo '{"name":"web","namespace":"shop","version":2,"info":{"status":"deployed"},"chart":{"metadata":{"version":"1.2.0"}}}' ;;
  history) echo '[{"revision":1,"status":"superseded"},{"revision":2,"status":"deployed"}]' ;;
  rollback) echo "Rollback was a success! Happy Helming!" ;;
  uninstall) echo "Error: uninstall: Release not loaded: $2: release: not found" >&2; exit 1 ;;
  *) exit 64 ;;
esac
"#;

const KUBECONFIG: &str = "current-context: prod
contexts: [{name: kind-dev, context: {cluster: dev, user: dev}}, {name: prod, context: {cluster: prod, user: admin}}]
clusters: [{name: dev, cluster: {server: 'https://127.0.0.1:1'}}, {name: prod, cluster: {server: 'https://prod.example'}}]
users: [{name: dev, user: {token: token-of-dev}}, {name: admin, user: {token: token-of-prod}}]
";

fn project(with: &str, kubernetes: &str) -> Project {
    let project = Project::new(&format!(
        r#"
[project]
name = "demo"

[tasks.helm]
uses = "std/helm"
with = {{ {with} }}

[[tasks.helm.allow]]
process = [{{ program = "helm", read = ["charts/**"], write = ["seen/**"] }}]
{kubernetes}
"#
    ));
    project.file("bin/helm", STAND_IN);
    let helm = project.root().join("bin/helm");
    std::fs::set_permissions(helm, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    project.file("kubeconfig", KUBECONFIG);
    project.file("charts/web/Chart.yaml", "name: web\n");
    project.file("seen/calls", "");
    project
}

const GRANT: &str = r#"kubernetes = [{ contexts = ["kind-*"], verbs = ["program"] }]"#;

fn call(project: &Project, verb: &str) -> Infra {
    let path = format!("{}:{}", project.root().join("bin").display(), std::env::var("PATH").unwrap());
    project.infra(&[verb, "helm", "--json"]).env("PATH", path).env("KUBECONFIG", project.root().join("kubeconfig"))
}

fn calls(project: &Project) -> Vec<String> {
    project.read("seen/calls").lines().map(str::to_owned).collect()
}

#[test]
fn a_stand_in_for_helm_gets_the_arguments_of_an_upgrade_and_a_kubeconfig_with_one_context() {
    let with = r#"context = "kind-dev", release = "web", chart = "charts/web", namespace = "shop", create-namespace = true, values = ["charts/values.yaml"], set = { replicas = "2" }, timeout = 60, attempts = 2"#;
    let project = project(with, GRANT);
    project.file("seen/fail", "once\n");
    let planned = call(&project, "plan").output().expect_success();
    assert!(planned.stdout.contains("helm") && calls(&project).is_empty(), "a plan starts nothing: {}", planned.stdout);
    let upgraded = call(&project, "run").output().expect_success();
    let told: Value = serde_json::from_str(&upgraded.stdout).unwrap();
    assert_eq!(told, json!({ "release": "web", "namespace": "shop", "revision": 2, "status": "deployed", "chart": "1.2.0" }));
    assert!(upgraded.stderr.contains("attempt 1 of 2") && upgraded.stderr.contains("timed out waiting"), "{}", upgraded.stderr);
    let expected = "upgrade web charts/web --values charts/values.yaml --set replicas=2 --install --namespace shop --create-namespace --atomic --wait --timeout 60s --output json";
    assert_eq!(calls(&project), [expected, expected]);
    let given: Value = serde_json::from_str(&project.read("seen/kubeconfig")).unwrap();
    assert_eq!((&given["current-context"], &given["users"][0]["user"]["token"]), (&json!("kind-dev"), &json!("token-of-dev")));
    assert!(!given.to_string().contains("prod"), "{given}");
    assert!(!upgraded.stderr.contains("token-of-dev"), "{}", upgraded.stderr);
}

#[test]
fn a_stand_in_for_helm_that_fails_ends_the_task_with_its_code_and_words() {
    let project = project(r#"context = "kind-dev", release = "web", chart = "charts/web""#, GRANT);
    project.file("seen/fail", "once\n");
    let failed = call(&project, "run").output().expect_code(1);
    assert!(failed.stderr.contains("`helm upgrade` ended with exit code 1: Error: UPGRADE FAILED"), "{}", failed.stderr);
    assert_eq!(calls(&project).len(), 1);
}

#[test]
fn a_stand_in_for_helm_rolls_back_tells_the_history_and_removes() {
    for (with, expected, result) in [
        (
            r#"action = "rollback", release = "web", revision = 1"#,
            "rollback web 1 --wait --timeout 300s",
            json!({ "release": "web" }),
        ),
        (
            r#"action = "history", release = "web""#,
            "history web --output json",
            json!([{ "revision": 1, "status": "superseded" }, { "revision": 2, "status": "deployed" }]),
        ),
        (
            r#"action = "uninstall", release = "none""#,
            "uninstall none --wait --timeout 300s",
            json!({ "release": "none", "removed": false }),
        ),
    ] {
        let project = project(&format!("context = \"kind-dev\", {with}"), GRANT);
        let done = call(&project, "run").output().expect_success();
        assert_eq!(serde_json::from_str::<Value>(&done.stdout).unwrap(), result);
        assert_eq!(calls(&project), [expected]);
    }
}

#[test]
fn a_stand_in_for_helm_looks_at_charts_without_a_cluster() {
    for (with, expected) in [
        (r#"action = "lint", chart = "charts/web", values = ["charts/v.yaml"]"#, "lint charts/web --values charts/v.yaml"),
        (r#"action = "template", release = "web", chart = "charts/web""#, "template web charts/web"),
    ] {
        let project = project(with, "");
        let _done = call(&project, "run").output().expect_success();
        assert_eq!(calls(&project), [expected]);
    }
}

#[test]
fn a_context_that_is_not_granted_reaches_no_program() {
    for (context, grant, line) in [
        ("prod", GRANT, r#"contexts = ["prod"]"#),
        ("kind-dev", r#"kubernetes = [{ contexts = ["kind-*"], verbs = ["get", "apply"] }]"#, r#"verbs = ["program"]"#),
        ("kind-dev", "", r#"verbs = ["program"]"#),
    ] {
        let project = project(&format!("context = \"{context}\", release = \"web\", chart = \"charts/web\""), grant);
        let refused = call(&project, "run").output().expect_code(77);
        assert!(refused.stderr.contains(line), "{line}: {}", refused.stderr);
        assert!(calls(&project).is_empty());
    }
    // Protected contexts are asked for here too, and nobody is there to answer.
    let project = project(
        r#"context = "prod", release = "web", chart = "charts/web""#,
        r#"kubernetes = [{ contexts = ["prod"], verbs = ["program"] }]"#,
    );
    let text = project.read("Infrafile.toml").replacen("[project]\n", "[project]\nprotect = [\"prod\"]\n", 1);
    project.file("Infrafile.toml", text);
    let refused = call(&project, "run").output().expect_code(64);
    assert!(refused.stderr.contains("protected contexts (`prod`)") && calls(&project).is_empty(), "{}", refused.stderr);
}
