//! `std/argocd` on a real API server. Argo CD itself is played by the test: it writes the status, also while the task waits.

use crate::manifests::deployment;
use infra_tests::{Cluster, Output, Running, wait_for};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

const GROUP: &str = "/apis/argoproj.io/v1alpha1";

/// The least that the kinds of Argo CD are: any fields, and a status that everybody may write.
fn definition(plural: &str, kind: &str) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{plural}.argoproj.io") },
        "spec": {
            "group": "argoproj.io", "scope": "Namespaced",
            "names": { "plural": plural, "singular": kind.to_lowercase(), "kind": kind },
            "versions": [{
                "name": "v1alpha1", "served": true, "storage": true,
                "schema": { "openAPIV3Schema": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } },
            }],
        },
    })
}

const KINDS: [(&str, &str); 3] =
    [("applications", "Application"), ("applicationsets", "ApplicationSet"), ("appprojects", "AppProject")];

/// A namespace with Argo CD's kinds. They are the cluster's, so all tests share them.
fn argo() -> Arc<Cluster> {
    static DEFINED: OnceLock<()> = OnceLock::new();
    let cluster = Cluster::new();
    DEFINED.get_or_init(|| {
        for (plural, kind) in KINDS {
            let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
            let (status, answer) = cluster.call("POST", path, Some(&definition(plural, kind)));
            assert!(matches!(status, 201 | 409), "{answer}");
            wait_for("the kind is served", || cluster.get(&format!("{GROUP}/{plural}")).is_some());
        }
    });
    Arc::new(cluster)
}

fn path(cluster: &Cluster, name: &str) -> String {
    format!("{GROUP}/namespaces/{}/{name}", cluster.namespace)
}

fn make(cluster: &Cluster, plural: &str, name: &str, status: &Value) {
    let kind = KINDS.iter().find(|(known, _)| *known == plural).unwrap().1;
    let object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": { "name": name }, "spec": { "project": "default" }, "status": status,
    });
    let (code, answer) = cluster.call("POST", &path(cluster, plural), Some(&object));
    assert_eq!(code, 201, "{answer}");
}

fn set(cluster: &Cluster, name: &str, patch: &Value) {
    let (code, answer) = cluster.call("PATCH", &path(cluster, &format!("applications/{name}")), Some(patch));
    assert_eq!(code, 200, "{answer}");
}

fn state(sync: &str, health: &str) -> Value {
    json!({ "sync": { "status": sync, "revision": "0123456789abcdef0123456789abcdef01234567" }, "health": { "status": health } })
}

fn task(cluster: &Cluster, with: &str, kinds: &str) {
    cluster.file(
        "Infrafile.toml",
        &format!(
            r#"
[project]
name = "NAMESPACE"

[tasks.argo]
uses = "std/argocd"
with = {{ namespace = "NAMESPACE", timeout = 60, {with} }}

[[tasks.argo.allow]]
files = {{ read = ["argo/**"] }}

[[tasks.argo.allow]]
kubernetes = [{{ contexts = ["bench"], namespaces = ["NAMESPACE"], kinds = [{kinds}], cluster = ["Namespace"], secrets = ["repository-*"], verbs = ["get", "patch", "apply", "wait"] }}]
"#
        ),
    );
}

fn run(cluster: &Cluster, with: &str, more: &[&str]) -> Output {
    task(cluster, with, r#""*.argoproj.io", "Secret", "Deployment""#);
    cluster.infra(&[&["run", "argo"], more].concat()).output()
}

/// Plays Argo CD for one namespace until it is dropped: does what is asked for, step by step, so that others see each.
struct Controller {
    over: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Controller {
    /// `ends` is how operations end: their phase and what becomes of the status.
    fn start(cluster: &Arc<Cluster>, phase: &'static str, ends: Value) -> Self {
        let over: Arc<AtomicBool> = Arc::default();
        let (cluster, stop) = (Arc::clone(cluster), Arc::clone(&over));
        let work = move || {
            while !stop.load(Ordering::Relaxed) {
                let all = cluster.get(&path(&cluster, "applications")).unwrap_or_default();
                for application in all["items"].as_array().into_iter().flatten() {
                    let name = application["metadata"]["name"].as_str().unwrap();
                    if application["metadata"]["annotations"]["argocd.argoproj.io/refresh"].is_string() {
                        let looked = json!({ "metadata": { "annotations": { "argocd.argoproj.io/refresh": null } }, "status": state("OutOfSync", "Healthy") });
                        set(&cluster, name, &looked);
                    }
                    if application["operation"].is_object() {
                        let begun = json!({ "phase": "Running", "startedAt": "2026-01-01T00:00:00Z", "operation": application["operation"] });
                        set(&cluster, name, &json!({ "operation": null, "status": { "operationState": begun } }));
                        set(&cluster, name, &json!({ "status": { "operationState": { "phase": phase } } }));
                        set(&cluster, name, &json!({ "status": ends }));
                    }
                }
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        };
        Self { over, thread: Some(std::thread::spawn(work)) }
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let ended = self.thread.take().map(std::thread::JoinHandle::join);
        assert!(std::thread::panicking() || ended.is_none_or(|ended| ended.is_ok()), "the controller of the test has failed");
    }
}

#[test]
fn the_status_of_everything_is_a_table_and_json_and_the_exit_code() {
    let cluster = argo();
    make(&cluster, "applications", "web", &state("Synced", "Healthy"));
    make(
        &cluster,
        "applications",
        "api",
        &json!({ "sync": { "status": "OutOfSync" }, "health": { "status": "Degraded", "message": "no pods" } }),
    );
    make(&cluster, "applicationsets", "all", &json!({ "conditions": [{ "type": "ResourcesUpToDate", "status": "True" }] }));
    make(&cluster, "appprojects", "default", &json!({}));
    let ill = run(&cluster, "", &[]).expect_code(1);
    for part in ["api", "OutOfSync", "Degraded", "no pods", "web", "Synced", "01234567", "AppProject", "ApplicationSet"] {
        assert!(ill.stdout.contains(part), "{part}: {}", ill.stdout);
    }
    assert!(ill.stderr.contains("1 of 4 are not well: Application api is OutOfSync and Degraded: no pods"), "{}", ill.stderr);
    let ill = run(&cluster, "", &["--json"]).expect_code(1);
    let rows: Value = serde_json::from_str(&ill.stdout).unwrap();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["name"], &rows[0]["health"]), (4, &json!("api"), &json!("Degraded")));
    assert!(rows[0]["age"].as_str().unwrap().ends_with('s'), "{rows}");
    // Only what is named counts.
    let _web = run(&cluster, "names = [\"web\"]", &[]).expect_success();
    let none = run(&cluster, "names = [\"none\"]", &[]).expect_code(1);
    assert!(none.stderr.contains("there is no Application `none`"), "{}", none.stderr);

    set(
        &cluster,
        "api",
        &json!({ "status": { "sync": { "status": "Synced" }, "health": { "status": "Progressing", "message": null } } }),
    );
    let well = run(&cluster, "", &["--json"]).expect_success();
    assert!(well.stdout.contains("Progressing"), "{}", well.stdout);

    task(&cluster, "", r#""Application.argoproj.io""#);
    let denied = cluster.infra(&["run", "argo"]).output().expect_code(77);
    assert!(denied.stderr.contains("ApplicationSet.argoproj.io"), "{}", denied.stderr);
}

#[test]
fn a_wait_sees_how_the_status_changes() {
    let cluster = argo();
    task(&cluster, "action = \"wait\", names = [\"web\"]", r#""Application.argoproj.io""#);
    make(&cluster, "applications", "web", &state("OutOfSync", "Missing"));
    make(&cluster, "applications", "other", &state("OutOfSync", "Degraded"));
    let child = cluster.infra(&["run", "argo", "--output", "json", "-v", "--json"]).start();
    let running = Running::new(child, |_, _| {});
    let told = |text: &'static str| move |event: &Value| event["text"].as_str().is_some_and(|line| line.contains(text));
    running.wait_for_event("the first state", told("web: OutOfSync, Missing"));
    set(&cluster, "web", &json!({ "status": state("Synced", "Progressing") }));
    running.wait_for_event("the second state", told("web: Synced, Progressing"));
    set(&cluster, "web", &json!({ "status": state("Synced", "Healthy") }));
    let done = running.end().expect_success();
    assert!(done.stdout.contains("Healthy") && !done.stdout.contains("other"), "{}", done.stdout);

    task(&cluster, "action = \"wait\", names = [\"other\"]", r#""Application.argoproj.io""#);
    cluster.project.file("Infrafile.toml", cluster.project.read("Infrafile.toml").replace("timeout = 60", "timeout = 1"));
    let late = cluster.infra(&["run", "argo"]).output().expect_code(124);
    assert!(late.stderr.contains("it took too long: other: OutOfSync, Degraded"), "{}", late.stderr);
}

#[test]
fn a_sync_brings_an_application_to_its_revision() {
    let cluster = argo();
    make(&cluster, "applications", "web", &state("Synced", "Healthy"));
    let well = json!({ "sync": { "status": "Synced" }, "health": { "status": "Healthy" } });
    let controller = Controller::start(&cluster, "Succeeded", well);
    let refreshed = run(&cluster, "action = \"refresh\", hard = true", &["--json"]).expect_success();
    assert!(refreshed.stdout.contains("OutOfSync"), "what a refresh finds is told: {}", refreshed.stdout);
    task(&cluster, "action = \"sync\", prune = true, revision = \"v2\"", r#""Application.argoproj.io""#);
    let plan = cluster.infra(&["plan", "argo", "--detailed-exitcode"]).output().expect_code(2);
    assert!(plan.stdout.contains("operation"), "{}", plan.stdout);
    let synced = cluster.infra(&["run", "argo", "--json"]).output().expect_success();
    assert!(synced.stdout.contains("Healthy"), "{}", synced.stdout);
    let asked = cluster.get(&path(&cluster, "applications/web")).unwrap()["status"]["operationState"]["operation"].clone();
    assert_eq!((&asked["sync"]["prune"], &asked["sync"]["revision"]), (&json!(true), &json!("v2")), "{asked}");
    drop(controller);
}

#[test]
fn a_sync_that_fails_names_what_could_not_be_applied() {
    let cluster = argo();
    make(&cluster, "applications", "web", &state("OutOfSync", "Healthy"));
    let broken = json!({ "kind": "Service", "name": "web", "status": "SyncFailed", "message": "spec.ports is required" });
    let ends = json!({ "operationState": { "message": "one or more objects failed to apply", "syncResult": { "resources": [broken] } } });
    let controller = Controller::start(&cluster, "Failed", ends);
    let failed = run(&cluster, "action = \"sync\"", &[]).expect_code(1);
    assert!(failed.stderr.contains("the sync of web has failed"), "{}", failed.stderr);
    // Waiting for it then is hopeless, and ends before its time.
    let hopeless = run(&cluster, "action = \"wait\"", &[]).expect_code(1);
    assert!(hopeless.stderr.contains("its last operation has failed: one or more objects"), "{}", hopeless.stderr);
    drop(controller);
}

#[test]
fn it_is_installed_from_manifests_with_a_root_application_and_a_repository() {
    let cluster = argo();
    cluster
        .file("argo/install.yaml", &deployment("argocd-server", 1, "IMAGE").replace("namespace: NAMESPACE", "labels: { a: b }"));
    cluster.file("argo/token", "the-token-of-git\n");
    let install = "action = \"install\", files = [\"argo/*.yaml\"]";
    let installed = run(&cluster, install, &["--json"]).expect_success();
    assert!(installed.stdout.contains("argocd-server"), "{}", installed.stdout);
    assert_eq!(
        cluster.object("deployments/argocd-server").unwrap()["status"]["availableReplicas"],
        1,
        "it is ready when the run ends"
    );
    let again = run(&cluster, install, &["--json"]).expect_success();
    assert!(!again.stdout.contains("created") && !again.stdout.contains("configured"), "{}", again.stdout);

    let root = "action = \"root\", url = \"https://git.example/platform\", path = \"apps\", prune = true";
    let _root = run(&cluster, root, &[]).expect_success();
    let made = cluster.get(&path(&cluster, "applications/root")).unwrap()["spec"].clone();
    assert_eq!((&made["source"]["path"], &made["syncPolicy"]["automated"]["prune"]), (&json!("apps"), &json!(true)), "{made}");

    let access = "action = \"repository\", name = \"platform\", url = \"https://git.example/platform\", username = \"git\", password-file = \"argo/token\"";
    let given = run(&cluster, access, &["-v"]).expect_success();
    assert!(!format!("{}{}", given.stdout, given.stderr).contains("the-token-of-git"), "{}", given.stderr);
    let secret = cluster.object("secrets/repository-platform").unwrap();
    assert_eq!(secret["metadata"]["labels"]["argocd.argoproj.io/secret-type"], "repository");
    assert_eq!(secret["data"]["password"], "dGhlLXRva2VuLW9mLWdpdA==");
    cluster.project.file("Infrafile.toml", cluster.project.read("Infrafile.toml").replace("repository-*", "other"));
    let denied = cluster.infra(&["run", "argo"]).output().expect_code(77);
    assert!(denied.stderr.contains("secrets = [\"repository-platform\"]"), "{}", denied.stderr);
}

#[test]
fn the_reference_platform_tells_how_its_applications_are() {
    let cluster = argo();
    let repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let text = std::fs::read_to_string(repository.join("Infrafile.toml")).unwrap();
    cluster.project.file("Infrafile.toml", text.replace("\"argocd\"", &format!("\"{}\"", cluster.namespace)));
    let endpoints = "platform/tasks/endpoints/Cargo.toml";
    cluster.project.file(endpoints, std::fs::read(repository.join(endpoints)).unwrap());
    make(&cluster, "applications", "root", &state("OutOfSync", "Healthy"));
    let late = cluster.infra(&["run", "gitops-status", "CONTEXT=bench"]).output().expect_code(1);
    assert!(late.stdout.contains("OutOfSync"), "{}", late.stdout);
    let controller =
        Controller::start(&cluster, "Succeeded", json!({ "sync": { "status": "Synced" }, "health": { "status": "Healthy" } }));
    let _synced = cluster.infra(&["run", "gitops-sync", "CONTEXT=bench", "APPS=root"]).output().expect_success();
    let _well = cluster.infra(&["run", "gitops-status", "CONTEXT=bench"]).output().expect_success();
    drop(controller);
}
