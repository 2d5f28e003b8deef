//! A project of its own for each test, and an image made from busybox.

use bollard::query_parameters::CreateImageOptions;
use futures_util::StreamExt as _;
use infra_effect::{DockerGrant, DockerVerb, Grants, PathPattern, PortPattern, TextPattern};
use infra_event::{Event, Mode, RunId, StepId, TaskError};
use infra_gate::{Gate, GateConfig, Masker, Policy};
use infra_host::ProjectPaths;
use infra_host::docker::{DockerHost, DockerSettings, Operation, OutputPiece, StepDocker};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;

pub const IMAGE: &str = "infra-test/busybox:1";
static IMPORTED: OnceCell<()> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

pub struct World {
    pub docker: StepDocker,
    pub project: String,
    pub events: Arc<Mutex<Vec<Event>>>,
    pub root: PathBuf,
    _dir: tempfile::TempDir,
}

/// Everything that tests do, for the project's own things.
pub fn everything() -> DockerGrant {
    let texts = |all: &[&str]| all.iter().map(|text| TextPattern((*text).to_owned())).collect();
    DockerGrant {
        images: texts(&["infra-test/*"]),
        verbs: DockerVerb::ALL.iter().map(|(verb, _)| *verb).collect(),
        mounts: vec![PathPattern("**".to_owned())],
        ports: vec![PortPattern("127.0.0.1:*".to_owned())],
        contexts: vec![PathPattern("**".to_owned())],
        ..DockerGrant::default()
    }
}

/// All but one verb.
pub fn without(verb: DockerVerb) -> DockerGrant {
    let mut grant = everything();
    grant.verbs.retain(|granted| *granted != verb);
    grant
}

pub async fn world(grant: DockerGrant) -> World {
    make(Mode::Run, grant).await
}

pub async fn make(mode: Mode, grant: DockerGrant) -> World {
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let world = detached(mode, grant, DockerSettings::default(), &format!("infra-test-{}-{number}", std::process::id()));
    IMPORTED.get_or_init(|| import(&world.docker.host)).await;
    world
}

/// A world whose daemon is not touched.
pub fn detached(mode: Mode, grant: DockerGrant, settings: DockerSettings, project: &str) -> World {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    std::fs::write(root.join("Infrafile.toml"), "").unwrap();
    let events = Arc::new(Mutex::new(vec![]));
    let seen = Arc::clone(&events);
    let gate = Gate::new(GateConfig { mode, policy: Policy::default(), journal: None, masker: Masker::default() });
    let grants = Grants { docker: vec![grant], ..Grants::default() };
    let docker = StepDocker {
        host: Arc::new(DockerHost::new(settings)),
        gate: gate.step(StepId(0), Arc::new(grants), Arc::new(move |event| seen.lock().unwrap().push(event))),
        project: project.to_owned(),
        run: RunId::generate(),
        paths: Arc::new(ProjectPaths::new(root.clone(), None, [root.join("Infrafile.toml")])),
    };
    World { docker, project: project.to_owned(), events, root, _dir: dir }
}

impl World {
    /// The same project with other grants: another step of the run.
    pub fn with(&self, grant: DockerGrant) -> StepDocker {
        let grants = Grants { docker: vec![grant], ..Grants::default() };
        let gate = self.docker.gate.gate().step(StepId(1), Arc::new(grants), Arc::new(|_| {}));
        StepDocker { gate, ..self.docker.clone() }
    }

    /// A name that only this test uses.
    pub fn name(&self, what: &str) -> String {
        format!("{}-{what}", self.project)
    }

    /// Creates and starts a container that runs a script.
    pub async fn runs(&self, what: &str, script: &str) -> String {
        let name = self.name(what);
        self.docker.create_container(&name, &script_body(script).to_string()).await.unwrap();
        self.docker.start_container(&name).await.unwrap();
        name
    }
}

/// A body whose container stops at once when it is asked to.
pub fn script_body(script: &str) -> Value {
    json!({ "Image": IMAGE, "Cmd": ["sh", "-c", script], "StopSignal": "SIGKILL", "HostConfig": { "NetworkMode": "none" } })
}

/// A container that does nothing.
pub const IDLE: &str = "sleep 600";

impl Drop for World {
    fn drop(&mut self) {
        let filter = format!("label=dev.infra.project={}", self.project);
        for (list, remove) in [
            (vec!["ps", "-aq"], vec!["rm", "-fv"]),
            (vec!["network", "ls", "-q"], vec!["network", "rm"]),
            (vec!["volume", "ls", "-q"], vec!["volume", "rm"]),
            (vec!["images", "-q"], vec!["rmi", "-f"]),
        ] {
            let listed = Command::new("docker").args(list).args(["--filter", &filter]).output().unwrap();
            let ids = String::from_utf8(listed.stdout).unwrap();
            if ids.split_whitespace().next().is_some() {
                Command::new("docker").args(remove).args(ids.split_whitespace()).output().unwrap();
            }
        }
    }
}

async fn import(host: &DockerHost) {
    let connection = host.connection().await.unwrap();
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_path_with_name("/bin/busybox", "bin/busybox").unwrap();
    for applet in ["sh", "sleep", "cat", "echo", "grep", "env", "true", "false", "id", "pwd", "ps", "seq", "mkdir", "ls", "find"] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        header.set_mode(0o777);
        archive.append_link(&mut header, format!("bin/{applet}"), "busybox").unwrap();
    }
    let body = bollard::body_full(archive.into_inner().unwrap().into());
    let (repo, tag) = IMAGE.split_once(':').unwrap();
    let options = CreateImageOptions {
        from_src: Some("-".to_owned()),
        repo: Some(repo.to_owned()),
        tag: Some(tag.to_owned()),
        ..CreateImageOptions::default()
    };
    let mut stream = connection.docker.create_image(Some(options), Some(body), None);
    while let Some(info) = stream.next().await {
        info.unwrap();
    }
}

/// All items of an operation.
pub async fn drain<T: Send + 'static>(operation: &mut Operation<T>) -> Result<Vec<T>, TaskError> {
    let mut items = Vec::new();
    while let Some(item) = operation.next().await? {
        items.push(item);
    }
    Ok(items)
}

/// What was written to standard output and standard error.
pub async fn text(operation: &mut Operation<OutputPiece>) -> (String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    for piece in drain(operation).await.unwrap() {
        match piece {
            OutputPiece::Stdout(bytes) => out.extend_from_slice(&bytes),
            OutputPiece::Stderr(bytes) => err.extend_from_slice(&bytes),
        }
    }
    (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

/// Asserts a refusal that names what would allow it.
pub fn denied<T>(result: Result<T, TaskError>, line: &str) {
    let error = result.err().unwrap();
    assert_eq!(error.code, "denied", "{error:?}");
    assert!(error.hint.as_deref().unwrap_or_default().contains(line), "{error:?}");
}

/// Asserts a failure with a hint.
pub fn fails<T>(result: Result<T, TaskError>, code: &str, words: &str) -> TaskError {
    let error = result.err().unwrap();
    assert_eq!(error.code, code, "{error:?}");
    assert!(error.message.contains(words), "{error:?}");
    assert!(error.hint.is_some(), "{error:?}");
    error
}
