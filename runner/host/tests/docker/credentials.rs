//! Credentials come from Docker's own configuration.

use crate::outside;
use crate::pulls::{publish, pulling};
use crate::registry::{Registry, USER};
use crate::world::{drain, fails, through};
use infra_event::{Mode, TaskError};
use infra_host::docker::DockerSettings;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

fn settings(directory: &Path, config: &Value) -> DockerSettings {
    std::fs::write(directory.join("config.json"), config.to_string()).unwrap();
    DockerSettings { config: directory.into(), helpers: Some(directory.into()), ..DockerSettings::default() }
}

/// A helper that answers with this, and writes down what it is asked.
fn helper(directory: &Path, answer: &str, code: i32) {
    let path = directory.join("docker-credential-test");
    let script =
        format!("#!/bin/sh\n[ \"$1\" = get ] || exit 9\ncat > {}/asked\necho '{answer}'\nexit {code}\n", directory.display());
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

async fn pull(settings: DockerSettings, name: &str) -> Result<(), TaskError> {
    let world = through(settings, Mode::Run, pulling()).await;
    assert!(
        world.docker.inspect_distribution(name).await.is_ok() == drain(&mut world.docker.pull_image(name).await?).await.is_ok()
    );
    drain(&mut world.docker.pull_image(name).await?).await?;
    assert!(outside::has_image(name).await);
    world.docker.remove_image(name).await
}

#[tokio::test]
async fn stored_credentials_are_used() {
    let registry = Registry::closed();
    let name = publish(&registry.address, Some(USER)).await;
    let directory = tempfile::tempdir().unwrap();
    let auth = |text: &str| json!({ "auths": { &registry.address: { "auth": text } } });
    // somebody:hunter2
    pull(settings(directory.path(), &auth("c29tZWJvZHk6aHVudGVyMg==")), &name).await.unwrap();
    // somebody:hunter3
    let error = fails(pull(settings(directory.path(), &auth("c29tZWJvZHk6aHVudGVyMw==")), &name).await, "failed", &name);
    assert!(error.hint.unwrap().contains("docker login"));
    assert!(!error.retryable && !error.message.contains("hunter3"), "{}", error.message);
    let error = fails(pull(settings(directory.path(), &json!({})), &name).await, "failed", &name);
    assert!(error.hint.unwrap().contains("docker login"));
}

#[tokio::test]
async fn a_helper_is_asked() {
    let registry = Registry::closed();
    let name = publish(&registry.address, Some(USER)).await;
    let directory = tempfile::tempdir().unwrap();
    let one = json!({ "credHelpers": { &registry.address: "test" } });
    helper(directory.path(), r#"{"Username":"somebody","Secret":"hunter2"}"#, 0);
    for config in [one.clone(), json!({ "credsStore": "test" })] {
        pull(settings(directory.path(), &config), &name).await.unwrap();
        assert_eq!(std::fs::read_to_string(directory.path().join("asked")).unwrap(), registry.address);
    }
    helper(directory.path(), "credentials not found in native keychain", 1);
    let error = fails(pull(settings(directory.path(), &one), &name).await, "failed", &name);
    assert!(error.hint.unwrap().contains("docker login"), "it has none, so none are sent");
    helper(directory.path(), "the keychain is locked: hunter2", 1);
    let error = fails(pull(settings(directory.path(), &one), &name).await, "failed", "docker-credential-test");
    assert!(!error.message.contains("hunter2"));
    let other = json!({ "credHelpers": { "other.example": "missing" }, "credsStore": "missing" });
    fails(pull(settings(directory.path(), &other), &name).await, "failed", "docker-credential-missing");
}
