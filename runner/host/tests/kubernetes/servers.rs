//! Requests that tests send themselves, and servers that are not there.

use crate::world::{connect, everything, kubeconfig};
use infra_event::{ErrorCode, Mode};
use infra_host::kubernetes::{KubernetesHost, KubernetesSettings};
use serde_json::Value;
use std::path::PathBuf;

/// Patches an object as another manager.
pub async fn patch_as(manager: &str, path: &str, patch: &Value) {
    send("PATCH", &format!("{path}?fieldManager={manager}"), Some(("application/merge-patch+json", patch))).await;
}

/// Sends a request as the cluster's administrator.
pub async fn send(method: &str, path: &str, body: Option<(&str, &Value)>) -> Value {
    let config = kube::config::Kubeconfig::read_from(kubeconfig()).unwrap();
    let config = kube::Config::from_custom_kubeconfig(config, &kube::config::KubeConfigOptions::default()).await.unwrap();
    let client = kube::Client::try_from(config).unwrap();
    let mut request = http::Request::builder().method(method).uri(path);
    let mut bytes = vec![];
    if let Some((kind, body)) = body {
        request = request.header("Content-Type", kind);
        bytes = body.to_string().into_bytes();
    }
    client.request(request.body(bytes).unwrap()).await.unwrap()
}

fn settings(text: &str) -> (tempfile::TempDir, KubernetesSettings) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config");
    std::fs::write(&path, text).unwrap();
    (directory, KubernetesSettings { kubeconfigs: vec![path], ..KubernetesSettings::default() })
}

const NOBODY: &str = "apiVersion: v1\nkind: Config\ncurrent-context: gone\ncontexts: [{name: gone, context: {cluster: gone, user: me}}, {name: other, context: {cluster: gone}}]\nclusters: [{name: gone, cluster: {server: 'https://127.0.0.1:1'}}]\nusers: [{name: me, user: {token: abc}}]\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_told_within_seconds() {
    let (_directory, settings) = settings(NOBODY);
    let host = KubernetesHost::new(settings);
    let error = host.reach(host.settings().choose(None).unwrap(), None).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::UNAVAILABLE);
    assert!(error.message.contains("the context `gone` does not answer"), "{}", error.message);
    assert!(error.hint.unwrap().contains("kubectl --context gone"));
}

#[test]
fn contexts_are_chosen_as_kubectl_does() {
    let (_first, one) = settings(NOBODY);
    let (_second, two) = settings(
        "current-context: second\ncontexts: [{name: second, context: {cluster: x}}, {name: gone, context: {cluster: other}}]\n",
    );
    let kubeconfigs: Vec<PathBuf> =
        [&one, &two].iter().flat_map(|settings| settings.kubeconfigs.clone()).chain([PathBuf::from("/none")]).collect();
    let both = KubernetesSettings { kubeconfigs, ..KubernetesSettings::default() };
    assert_eq!(both.contexts().unwrap(), ["gone", "other", "second"]);
    assert_eq!(both.choose(None).unwrap().name, "gone", "the first file wins");
    assert_eq!(both.choose(Some("second")).unwrap().name, "second");
    let unknown = both.choose(Some("production")).unwrap_err();
    assert_eq!(
        (unknown.code.as_str(), unknown.hint.as_deref()),
        (ErrorCode::NOT_FOUND, Some("there are `gone`, `other`, `second`"))
    );
    let none = KubernetesSettings { kubeconfigs: vec!["/none".into()], ..KubernetesSettings::default() };
    assert_eq!(none.choose(None).unwrap_err().code, ErrorCode::UNAVAILABLE);
    let pod = KubernetesSettings { in_cluster: true, ..none };
    assert_eq!(pod.choose(None).unwrap().name, "in-cluster");
    let (_broken, broken) = settings("contexts: 5\n");
    assert_eq!(broken.choose(None).unwrap_err().code, ErrorCode::INVALID);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_another_certificate_is_not_trusted() {
    let text = std::fs::read_to_string(kubeconfig()).unwrap();
    let without: String = text.split(", certificate-authority: ").next().unwrap().to_owned()
        + " } }]\n"
        + text.split_once("\nusers:").map(|(_, rest)| format!("users:{rest}")).unwrap().as_str();
    let (_directory, settings) = settings(&without);
    let host = KubernetesHost::new(settings);
    let error = host.reach(host.settings().choose(None).unwrap(), None).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::UNAVAILABLE);
    assert!(error.message.contains("is not trusted"), "{}", error.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_tells_what_it_has_and_what_the_user_may_do() {
    let (step, _) = connect(Mode::Run, everything(), kubeconfig()).await.unwrap();
    assert!(step.version().await.unwrap()["gitVersion"].as_str().unwrap().starts_with('v'));
    let kinds = step.discovery().await.unwrap();
    let named = |kind: &str| kinds.as_array().unwrap().iter().find(|one| one["kind"] == kind).cloned().unwrap();
    assert_eq!(named("Deployment")["group"], "apps");
    assert_eq!(named("Namespace")["namespaced"], false);
    assert!(named("CronJob")["version"].is_string());
    let target = infra_host::kubernetes::Target { kind: "pods".into(), namespace: Some("default".into()), ..Default::default() };
    assert!(step.can_i("delete", &target).await.unwrap());
}
