//! A project of its own for each test.

use crate::guest::{sandbox, scripted};
use infra_effect::{Grants, SecretDeclaration, SecretSource};
use infra_event::{Event, Invocation, Limits, LogStream, Mode, RunId, SecretHandle, StepId, TaskError};
use infra_gate::{Gate, GateConfig, Masker, Policy};
use infra_host::docker::{DockerHost, DockerSettings};
use infra_host::kubernetes::{KubernetesHost, KubernetesSettings};
use infra_host::{Call, Finished, Host, Programs, ProjectPaths, Secrets};
use infra_journal::{EffectRecord, History, Journal};
use infra_sandbox::Component;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// More than any test needs, so that a test never hangs.
const PATIENCE: Duration = Duration::from_secs(600);

pub struct World {
    dir: tempfile::TempDir,
    pub root: PathBuf,
    pub home: PathBuf,
    pub state: PathBuf,
    pub host: Host,
    pub mode: Mode,
    pub grants: Grants,
    pub limits: Limits,
    pub env: BTreeMap<String, String>,
    pub interactive: bool,
    pub time_limit: Duration,
    pub cancel: CancellationToken,
    pub events: Arc<Mutex<Vec<Event>>>,
    gate: Option<Gate>,
    journal: Option<Journal>,
    run: RunId,
}

/// The key of the handles.
pub const HANDLE_KEY: &[u8] = b"key";

/// A secret from the runner's environment.
fn declared(name: &str, variable: &str) -> SecretDeclaration {
    SecretDeclaration {
        name: name.to_owned(),
        handle: SecretHandle::new(name, HANDLE_KEY),
        source: SecretSource::Env(variable.to_owned()),
        place: "Infrafile.toml:3".to_owned(),
    }
}

/// A project with these grants, in the words of an Infrafile's `allow`.
pub fn world(grants: &str) -> World {
    World::new(Mode::Run, grants)
}

/// The same, in a plan.
pub fn plan(grants: &str) -> World {
    World::new(Mode::Plan, grants)
}

impl World {
    fn new(mode: Mode, grants: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        let (root, home, state) = (base.join("project"), base.join("home"), base.join("state"));
        for directory in [&root, &home.join(".ssh"), &state.join("scratch")] {
            std::fs::create_dir_all(directory).unwrap();
        }
        std::fs::write(root.join("Infrafile.toml"), "[project]\nname = 'p'\n").unwrap();
        std::fs::write(home.join(".ssh/id"), "private key").unwrap();
        let mut environment: BTreeMap<String, String> =
            [("HOME", home.to_str().unwrap()), ("TOKEN", "of-the-runner"), ("ENV", "$(id)"), ("DB_PASSWORD", "hunter2+hunter3")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        environment.insert("LD_PRELOAD".to_owned(), "/nothing.so".to_owned());
        environment.insert("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned());
        let world = infra_host::World {
            project: "p".to_owned(),
            paths: Arc::new(ProjectPaths::new(root.clone(), Some(home.clone()), [root.join("Infrafile.toml"), state.clone()])),
            docker: Arc::new(DockerHost::new(DockerSettings::default())),
            kubernetes: Arc::new(KubernetesHost::new(KubernetesSettings::default())),
            http: Arc::new(infra_host::http::HttpHost::from_environment(&environment)),
            secrets: Arc::new(Secrets::new(vec![declared("DB", "DB_PASSWORD"), declared("OTHER", "OTHER_TOKEN")])),
            programs: Programs::new(environment, state.join("scratch"), infra_confine::support(), false),
        };
        Self {
            root,
            home,
            dir,
            host: Host::new(sandbox(), Arc::new(world)),
            mode,
            grants: toml::from_str(grants).unwrap(),
            limits: Limits::default(),
            env: BTreeMap::new(),
            interactive: false,
            time_limit: PATIENCE,
            cancel: CancellationToken::new(),
            events: Arc::default(),
            gate: None,
            journal: None,
            run: RunId::generate(),
            state,
        }
    }

    /// Effects are kept, and can be asked for with [`World::effects`].
    pub fn journaled(mut self) -> Self {
        let journal = Journal::open(&self.dir.path().join("journal.sqlite"), self.run.clone(), &self.root).unwrap();
        journal.handle().record(&Event::RunStarted {
            run: self.run.clone(),
            at: infra_event::Timestamp::now(),
            project: "p".into(),
            tasks: vec![],
            params: BTreeMap::new(),
            mode: self.mode,
            steps: vec![],
            about: Default::default(),
        });
        self.journal = Some(journal);
        self
    }

    pub fn effects(&mut self) -> Vec<EffectRecord> {
        self.journal = None;
        History::open(&self.dir.path().join("journal.sqlite")).unwrap().effects(&self.run).unwrap()
    }

    /// The gate of the run: one for all calls, so a plan goes on where it was.
    pub fn gate(&mut self) -> Gate {
        let journal = self.journal.as_ref().map(Journal::handle);
        let config = GateConfig { mode: self.mode, policy: Policy::default(), journal, masker: Masker::default() };
        self.gate.get_or_insert_with(|| Gate::new(config)).clone()
    }

    pub fn invocation(&self, args: Value) -> Invocation {
        Invocation {
            run: self.run.clone(),
            step: StepId(0),
            task: "test".to_owned(),
            component: infra_event::Digest::of(b""),
            args,
            env: self.env.clone(),
            dir: ".".to_owned(),
            grants: Value::Null,
            limits: self.limits,
            attempt: 1,
            mode: self.mode,
            interactive: self.interactive,
        }
    }

    pub async fn run(&mut self, component: &Component, args: Value) -> Finished {
        let events = Arc::clone(&self.events);
        let call = Call {
            invocation: self.invocation(args),
            grants: Arc::new(self.grants.clone()),
            time_limit: Some(self.time_limit),
            cancel: self.cancel.clone(),
            events: Arc::new(move |event| events.lock().unwrap().push(event)),
        };
        let gate = self.gate();
        self.host.run(component, call, &gate).await
    }

    /// What each call gave: `{"ok": …}` or `{"error": …}`.
    pub async fn calls(&mut self, calls: Value) -> Vec<Value> {
        let result = self.run(&scripted(), json!({ "calls": calls })).await.result;
        match result.unwrap() {
            Value::Array(answers) => answers,
            other => panic!("{other}"),
        }
    }

    /// One call that succeeds.
    #[track_caller]
    pub fn ok(&mut self, call: Value) -> impl Future<Output = Value> {
        let at = std::panic::Location::caller();
        async move {
            let answer = self.calls(json!([call])).await.remove(0);
            answer.get("ok").unwrap_or_else(|| panic!("{at}: {answer}")).clone()
        }
    }

    /// One call that fails with this code; its message and hint.
    #[track_caller]
    pub fn fails(&mut self, code: &str, call: Value) -> impl Future<Output = String> {
        let at = std::panic::Location::caller();
        async move {
            let answer = self.calls(json!([call])).await.remove(0);
            assert_eq!(answer["error"]["code"], code, "{at}: {call} gave {answer}");
            format!("{} {}", answer["error"]["message"], answer["error"]["hint"])
        }
    }

    /// How a task as a whole failed.
    pub async fn failure(&mut self, component: &Component, args: Value) -> TaskError {
        self.run(component, args).await.result.unwrap_err()
    }

    pub fn file(&self, path: &str, content: &str) -> PathBuf {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root.join(path)).unwrap()
    }

    pub fn has(&self, path: &str) -> bool {
        self.root.join(path).symlink_metadata().is_ok()
    }

    pub fn link(&self, target: impl AsRef<Path>, path: &str) {
        std::os::unix::fs::symlink(target, self.root.join(path)).unwrap();
    }

    /// Whether no scratch directory holds anything. Clean ones stay for the programs that come.
    pub fn scratch_is_empty(&self) -> bool {
        let directories = std::fs::read_dir(self.state.join("scratch")).unwrap();
        directories.map(|entry| entry.unwrap().path()).all(|path| std::fs::read_dir(path).unwrap().next().is_none())
    }

    /// The lines of the log.
    pub fn log(&self) -> Vec<(LogStream, String)> {
        let line = |event: &Event| match event {
            Event::StepLog { stream, text, .. } => Some((*stream, text.clone())),
            _ => None,
        };
        self.events.lock().unwrap().iter().filter_map(line).collect()
    }

    pub fn log_text(&self) -> String {
        self.log().into_iter().map(|(_, line)| line + "\n").collect()
    }

    /// The effects that were told, as `kind action`.
    pub fn told(&self) -> Vec<String> {
        let one = |event: &Event| match event {
            Event::StepEffect { kind, action, .. } => Some(format!("{kind} {action:?}")),
            _ => None,
        };
        self.events.lock().unwrap().iter().filter_map(one).collect()
    }
}

/// The processes whose command line holds the marker.
pub fn alive(marker: &str) -> Vec<i32> {
    let pids = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| {
        let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        words.windows(marker.len()).any(|window| window == marker.as_bytes())
    })
    .collect()
}

/// Nothing of it is left.
#[track_caller]
pub fn gone(marker: &str) {
    let left = alive(marker);
    let stat = |pid: &i32| std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    assert!(left.is_empty(), "{:?}", left.iter().map(stat).collect::<Vec<_>>());
}

/// A word that no other process has on its command line.
pub fn marker(name: &str) -> String {
    format!("{name}-{}", RunId::generate())
}

/// Waits until the condition holds.
#[track_caller]
pub fn until(what: &str, mut condition: impl FnMut() -> bool) -> impl Future<Output = ()> {
    let at = std::panic::Location::caller();
    let what = what.to_owned();
    async move {
        let begin = Instant::now();
        while !condition() {
            assert!(begin.elapsed() < Duration::from_secs(60), "{at}: {what}: not within 60 s");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
