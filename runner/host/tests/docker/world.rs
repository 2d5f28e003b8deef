//! A project of its own for each test, and an image made from busybox.

use crate::outside;
use infra_effect::{DockerGrant, DockerVerb, Grants, PathPattern, PortPattern, TextPattern};
use infra_event::{Event, Mode, RunId, StepId, TaskError};
use infra_gate::{Gate, GateConfig, Masker, Policy};
use infra_host::ProjectPaths;
use infra_host::docker::{DockerHost, DockerSettings, Operation, OutputPiece, StepDocker};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use tokio::sync::Mutex;

static COUNT: AtomicU32 = AtomicU32::new(0);
/// The worlds that use the image.
static USES: Mutex<u32> = Mutex::const_new(0);

/// An image of this process, while a world is there.
pub fn image() -> &'static str {
    static NAME: LazyLock<String> = LazyLock::new(|| format!("infra-test/busybox:{}", std::process::id()));
    &NAME
}

pub struct World {
    pub docker: StepDocker,
    pub project: String,
    pub events: Arc<std::sync::Mutex<Vec<Event>>>,
    pub root: PathBuf,
    uses_daemon: bool,
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
    through(DockerSettings::default(), mode, grant).await
}

/// A world that reaches the daemon another way.
pub async fn through(settings: DockerSettings, mode: Mode, grant: DockerGrant) -> World {
    let mut world = detached(mode, grant, settings);
    let mut uses = USES.lock().await;
    if *uses == 0 {
        import().await;
    }
    *uses += 1;
    world.uses_daemon = true;
    world
}

/// A world whose daemon is not touched.
pub fn detached(mode: Mode, grant: DockerGrant, settings: DockerSettings) -> World {
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let project = format!("infra-host-{}-{number}", std::process::id());
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    std::fs::write(root.join("Infrafile.toml"), "").unwrap();
    let events = Arc::new(std::sync::Mutex::new(vec![]));
    let seen = Arc::clone(&events);
    let gate = Gate::new(GateConfig { mode, policy: Policy::default(), journal: None, masker: Masker::default() });
    let grants = Grants { docker: vec![grant], ..Grants::default() };
    let docker = StepDocker {
        host: Arc::new(DockerHost::new(settings)),
        gate: gate.step(StepId(0), Arc::new(grants), Arc::new(move |event| seen.lock().unwrap().push(event))),
        project: project.clone(),
        run: RunId::generate(),
        paths: Arc::new(ProjectPaths::new(root.clone(), None, [root.join("Infrafile.toml")])),
    };
    World { docker, project, events, root, uses_daemon: false, _dir: dir }
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

    /// The number after the last effect that has ended: one that is under way has told nothing yet.
    pub fn next_effect(&self) -> u64 {
        let number = |event: &Event| match event {
            Event::StepEffect { effect, .. } => Some(effect.0),
            _ => None,
        };
        self.events.lock().unwrap().iter().filter_map(number).max().unwrap_or(0) + 1
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
    json!({ "Image": image(), "Cmd": ["sh", "-c", script], "StopSignal": "SIGKILL", "HostConfig": { "NetworkMode": "none" } })
}

/// A container that does nothing.
pub const IDLE: &str = "sleep 600";

impl Drop for World {
    fn drop(&mut self) {
        if !self.uses_daemon {
            return;
        }
        let project = self.project.clone();
        let cleaning = async move {
            outside::clean(&project).await;
            let mut uses = USES.lock().await;
            *uses -= 1;
            if *uses == 0 {
                outside::remove_image(image()).await;
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let cleaned = std::thread::spawn(move || runtime.block_on(cleaning)).join();
        assert!(cleaned.is_ok() || std::thread::panicking());
    }
}

async fn import() {
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_path_with_name("/bin/busybox", "bin/busybox").unwrap();
    for applet in ["sh", "sleep", "cat", "echo", "grep", "env", "true", "false", "id", "pwd", "ps", "seq", "mkdir", "ls", "find"]
    {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        header.set_mode(0o777);
        archive.append_link(&mut header, format!("bin/{applet}"), "busybox").unwrap();
    }
    outside::import(image(), archive.into_inner().unwrap(), &[]).await;
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
