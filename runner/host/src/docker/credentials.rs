use super::endpoint::{DockerSettings, decode_base64};
use bollard::auth::DockerCredentials;
use infra_event::{ErrorCode, TaskError};
use serde_json::Value;
use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The key under which Docker's tools keep the credentials of Docker Hub.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";
/// A helper may have to ask its user.
const HELPER_TIMEOUT: Duration = Duration::from_secs(60);

/// The credentials for an image's registry, from Docker's own configuration: `credHelpers`, `credsStore`, `auths`.
pub(super) async fn for_image(settings: &DockerSettings, image: &str) -> Result<Option<DockerCredentials>, TaskError> {
    let Some(config) = settings.config_file() else { return Ok(None) };
    let registry = registry(image);
    let helper = config.pointer("/credHelpers").and_then(|helpers| helpers.get(&registry)).or_else(|| config.get("credsStore"));
    if let Some(helper) = helper.and_then(Value::as_str).filter(|helper| !helper.is_empty())
        && let Some(credentials) = ask(settings, helper.to_owned(), registry.clone()).await?
    {
        return Ok(Some(credentials));
    }
    Ok(stored(&config, &registry))
}

/// All credentials that stand in Docker's configuration itself, for the base images of a build.
pub(super) fn all_stored(settings: &DockerSettings) -> HashMap<String, DockerCredentials> {
    let Some(config) = settings.config_file() else { return HashMap::new() };
    let Some(auths) = config.get("auths").and_then(Value::as_object) else { return HashMap::new() };
    auths.keys().filter_map(|registry| Some((registry.clone(), stored(&config, registry)?))).collect()
}

/// The registry of an image: its first part, where that is a host.
fn registry(image: &str) -> String {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host.to_owned(),
        _ => DOCKER_HUB.to_owned(),
    }
}

fn stored(config: &Value, registry: &str) -> Option<DockerCredentials> {
    let auths = config.get("auths")?;
    let entry = [
        registry.to_owned(),
        format!("https://{registry}"),
        format!("https://{registry}/v1/"),
        format!("https://{registry}/v2/"),
    ]
    .iter()
    .find_map(|key| auths.get(key))?;
    let text = |key: &str| entry.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let mut credentials = DockerCredentials {
        username: text("username"),
        password: text("password"),
        identitytoken: text("identitytoken"),
        registrytoken: text("registrytoken"),
        serveraddress: Some(registry.to_owned()),
        ..DockerCredentials::default()
    };
    if let Some(decoded) = text("auth").and_then(|auth| String::from_utf8(decode_base64(&auth)?).ok())
        && let Some((username, password)) = decoded.split_once(':')
    {
        credentials.username = Some(username.to_owned());
        credentials.password = Some(password.trim_end_matches('\0').to_owned());
    }
    let useful = credentials.username.is_some() || credentials.identitytoken.is_some() || credentials.registrytoken.is_some();
    useful.then_some(credentials)
}

/// Asks a credential helper.
///
/// It is the user's own program, named by the user's own configuration, as Docker's tools run it; it is no effect of a task, so it runs
/// outside the confinement that tasks' programs get, and its answer never reaches a task.
async fn ask(settings: &DockerSettings, helper: String, registry: String) -> Result<Option<DockerCredentials>, TaskError> {
    let name = helper.clone();
    let failed = move |why: &str| {
        TaskError::new(ErrorCode::FAILED, format!("Docker's credential helper `docker-credential-{name}` failed: {why}"))
            .hint("look at `credsStore` and `credHelpers` in Docker's config.json, or `docker login` again")
    };
    if helper.is_empty() || !helper.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        return Err(failed("this is not the name of a helper"));
    }
    let program = PathBuf::from(format!("docker-credential-{helper}"));
    let program = settings.helpers.as_ref().map_or(program.clone(), |directory| directory.join(&program));
    let asked = tokio::task::spawn_blocking(move || run(&program, &registry)).await;
    match asked {
        Ok(Ok(credentials)) => Ok(credentials),
        Ok(Err(why)) => Err(failed(&why)),
        Err(_) => Err(failed("the runner is ending")),
    }
}

fn run(program: &Path, registry: &str) -> Result<Option<DockerCredentials>, String> {
    let mut child = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    if let Some(mut input) = child.stdin.take() {
        let _ = input.write_all(registry.as_bytes());
    }
    // An answer is far smaller than a pipe holds, so the helper can end before it is read.
    let deadline = Instant::now() + HELPER_TIMEOUT;
    loop {
        match child.try_wait() {
            Ok(Some(_)) => break,
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(10)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err("it does not end".to_owned());
            }
            Err(error) => return Err(error.to_string()),
        }
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stdout).to_lowercase();
        // Every helper says so when it has none, and that is no failure: the image may be public.
        return if said.contains("not found") { Ok(None) } else { Err(format!("it ends with {}", output.status)) };
    }
    let answer: Value = serde_json::from_slice(&output.stdout).map_err(|_| "its answer is not JSON".to_owned())?;
    let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (username, secret) = (text("Username"), text("Secret"));
    let mut credentials = DockerCredentials { serveraddress: Some(registry.to_owned()), ..DockerCredentials::default() };
    if username == "<token>" {
        credentials.identitytoken = Some(secret);
    } else {
        credentials.username = Some(username);
        credentials.password = Some(secret);
    }
    Ok(Some(credentials))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_image_names_its_registry() {
        for (image, wanted) in [
            ("postgres:16", DOCKER_HUB),
            ("minio/minio:1", DOCKER_HUB),
            ("ghcr.io/a/b:1", "ghcr.io"),
            ("127.0.0.1:5000/x:1", "127.0.0.1:5000"),
            ("localhost/x:1", "localhost"),
        ] {
            assert_eq!(registry(image), wanted);
        }
    }

    #[test]
    fn stored_credentials_are_found() {
        let config = json!({ "auths": { "ghcr.io": { "auth": "bWU6aHVudGVyMg==" }, "empty.io": {} } });
        let credentials = stored(&config, "ghcr.io").unwrap();
        assert_eq!((credentials.username.as_deref(), credentials.password.as_deref()), (Some("me"), Some("hunter2")));
        assert_eq!(stored(&config, "empty.io"), None);
        assert_eq!(stored(&config, "other.io"), None);
    }

    #[tokio::test]
    async fn a_helper_is_a_plain_name() {
        for helper in ["../evil", "a b", "a/b"] {
            assert!(ask(&DockerSettings::default(), helper.to_owned(), "x".to_owned()).await.is_err(), "{helper}");
        }
    }
}
