//! Daemons that are not there, may not be used, or are of another age.

use crate::world::{IDLE, detached, everything, script_body};
use infra_event::{Mode, TaskError};
use infra_host::docker::DockerSettings;
use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::task::AbortOnDropHandle;

fn at(socket: &Path) -> DockerSettings {
    DockerSettings { host: Some(format!("unix://{}", socket.display())), ..DockerSettings::default() }
}

async fn refused(settings: DockerSettings) -> TaskError {
    let world = detached(Mode::Run, everything(), settings);
    let error = world.docker.ping().await.unwrap_err();
    let create = world.docker.create_container("x", &script_body(IDLE).to_string()).await.unwrap_err();
    assert_eq!(create.code, error.code);
    assert_eq!(create.message, error.message);
    error
}

#[tokio::test]
async fn a_daemon_that_is_not_there_says_what_to_do() {
    let error = refused(at(Path::new("/nowhere/docker.sock"))).await;
    assert_eq!(error.code, "unavailable");
    assert!(error.message.contains("/nowhere/docker.sock") && error.hint.unwrap().contains("docker.io"));
    // A socket that its daemon left behind.
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("docker.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let error = refused(at(&socket)).await;
    assert_eq!((error.code.as_str(), error.retryable), ("unavailable", true));
    assert!(error.hint.unwrap().contains("dockerd"));
    let error = refused(DockerSettings { host: Some("tcp://127.0.0.1:1".to_owned()), ..DockerSettings::default() }).await;
    assert!(error.code == "unavailable" && error.message.contains("127.0.0.1:1"), "{error:?}");
}

#[test]
fn a_socket_that_may_not_be_used_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("docker.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o000)).unwrap();
    let settings = at(&socket);
    // Root may use any socket, so this thread gives that up.
    let asking = std::thread::spawn(move || {
        let own = capabilities(None).unwrap();
        let without = own.effective - CapabilitySet::DAC_OVERRIDE - CapabilitySet::DAC_READ_SEARCH;
        set_capabilities(None, CapabilitySets { effective: without, ..own }).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(refused(settings))
    });
    let error = asking.join().unwrap();
    assert_eq!(error.code, "unavailable");
    assert!(error.message.contains("may not be used by this user"), "{error:?}");
    assert!(error.hint.unwrap().contains("group"));
}

/// Answers every request as a daemon of that version answers `/version`.
fn pretend(socket: &Path, api_version: &'static str) -> AbortOnDropHandle<()> {
    let listener = tokio::net::UnixListener::bind(socket).unwrap();
    AbortOnDropHandle::new(tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let body = format!(r#"{{"Version":"1.2.3","ApiVersion":"{api_version}","Os":"linux","Arch":"amd64"}}"#);
                let answer =
                    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                while let Ok(1..) = client.read(&mut [0; 4096]).await {
                    client.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    }))
}

#[tokio::test]
async fn both_sides_agree_on_a_version() {
    for (theirs, ours) in [("1.41", Some("1.41")), ("1.44", Some("1.44")), ("1.999", None)] {
        let dir = tempfile::tempdir().unwrap();
        let _daemon = pretend(&dir.path().join("socket"), theirs);
        let world = detached(Mode::Run, everything(), at(&dir.path().join("socket")));
        let daemon = world.docker.ping().await.unwrap();
        assert_eq!((daemon.version.as_str(), daemon.architecture.as_str()), ("1.2.3", "amd64"));
        match ours {
            Some(ours) => assert_eq!(daemon.api_version, ours),
            None => assert_ne!(daemon.api_version, theirs, "the runner's own is older"),
        }
    }
    // And every call says which one it is.
    let relay = crate::relay::Relay::open();
    let world = detached(Mode::Run, everything(), relay.settings.clone());
    let spoken = world.docker.ping().await.unwrap().api_version;
    world.docker.list_containers(&[], true).await.unwrap();
    let requests = relay.requests();
    assert!(requests.iter().any(|request| request.starts_with(&format!("GET /v{spoken}/containers/json"))), "{requests:?}");
    let dir = tempfile::tempdir().unwrap();
    let _daemon = pretend(&dir.path().join("socket"), "1.40");
    let error = refused(at(&dir.path().join("socket"))).await;
    assert!(error.code == "unsupported" && error.message.contains("1.40") && error.hint.is_some(), "{error:?}");
}
