//! A namespace of its own for each test.

use infra_effect::{Grants, KubernetesGrant, KubernetesVerb, PortPattern, TextPattern};
use infra_event::{Event, Mode, RunId, StepId, TaskError};
use infra_gate::{Gate, GateConfig, Masker, Policy};
use infra_host::docker::Operation;
use infra_host::kubernetes::{
    Applied, ApplyRequest, Change, Condition, DeleteRequest, KubernetesHost, KubernetesSettings, Progress, StepKubernetes, Target,
};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

static COUNT: AtomicU32 = AtomicU32::new(0);
pub const BUSYBOX: &str = "infra-bench/busybox:1";

/// A cluster as a test may use it, and a namespace that goes with it.
pub struct World {
    pub step: StepKubernetes,
    pub namespace: String,
    pub events: Arc<Mutex<Vec<Event>>>,
    made: Mutex<Vec<String>>,
}

pub fn kubeconfig() -> PathBuf {
    let path =
        std::env::var_os("BENCH_KUBECONFIG").expect("BENCH_KUBECONFIG is not set: `tests/bench/kubernetes up` prints what it is");
    PathBuf::from(path)
}

pub fn texts(all: &[&str]) -> Vec<TextPattern> {
    all.iter().map(|text| TextPattern((*text).to_owned())).collect()
}

/// Everything that tests do.
pub fn everything() -> KubernetesGrant {
    KubernetesGrant {
        contexts: texts(&["bench"]),
        namespaces: texts(&["*"]),
        kinds: texts(&["*"]),
        verbs: KubernetesVerb::ALL.iter().map(|(verb, _)| *verb).collect(),
        cluster: texts(&["*"]),
        secrets: texts(&["*"]),
        ports: vec![PortPattern("127.0.0.1:*".to_owned())],
    }
}

pub fn without(verb: KubernetesVerb) -> KubernetesGrant {
    let mut grant = everything();
    grant.verbs.retain(|granted| *granted != verb);
    grant
}

pub async fn connect(
    mode: Mode,
    grant: KubernetesGrant,
    kubeconfig: PathBuf,
) -> Result<(StepKubernetes, Arc<Mutex<Vec<Event>>>), TaskError> {
    let settings = KubernetesSettings { kubeconfigs: vec![kubeconfig], ..KubernetesSettings::default() };
    let host = KubernetesHost::new(settings);
    let connection = host.reach(host.settings().choose(None)?, None).await?;
    let events: Arc<Mutex<Vec<Event>>> = Arc::default();
    let sink = Arc::clone(&events);
    let gate = Gate::new(GateConfig { mode, policy: Policy::default(), journal: None, masker: Masker::default() });
    let grants = Grants { kubernetes: vec![grant], ..Grants::default() };
    let gate = gate.step(StepId(0), Arc::new(grants), Arc::new(move |event| sink.lock().unwrap().push(event)));
    let run = RunId::generate();
    Ok((StepKubernetes { connection, gate, project: "bench".to_owned(), run }, events))
}

pub async fn world() -> World {
    make(Mode::Run, everything()).await
}

pub async fn granted(grant: KubernetesGrant) -> World {
    make(Mode::Run, grant).await
}

pub async fn make(mode: Mode, grant: KubernetesGrant) -> World {
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let namespace = format!("host-{}-{number}", std::process::id());
    let (admin, _) = connect(Mode::Run, everything(), kubeconfig()).await.unwrap();
    let text = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace } }).to_string();
    finish(admin.apply(text, ApplyRequest { timeout: Duration::from_secs(60), ..ApplyRequest::default() }).await.unwrap())
        .await
        .unwrap();
    let account =
        Target { kind: "ServiceAccount".into(), namespace: Some(namespace.clone()), name: "default".into(), ..Target::default() };
    finish(admin.wait(&account, Condition::Exists, Duration::from_secs(60)).await.unwrap()).await.unwrap();
    let (step, events) = connect(mode, grant, kubeconfig()).await.unwrap();
    World { step, namespace, events, made: Mutex::default() }
}

/// All that an operation yields.
pub async fn finish<T: Send + 'static>(mut operation: Operation<T>) -> Result<Vec<T>, TaskError> {
    let mut all = vec![];
    while let Some(item) = operation.next().await? {
        all.push(item);
    }
    Ok(all)
}

impl World {
    pub fn target(&self, kind: &str, name: &str) -> Target {
        Target { kind: kind.to_owned(), namespace: Some(self.namespace.clone()), name: name.to_owned(), ..Target::default() }
    }

    pub fn request(&self) -> ApplyRequest {
        ApplyRequest { namespace: Some(self.namespace.clone()), timeout: Duration::from_secs(60), ..ApplyRequest::default() }
    }

    /// Applies, as `KIND/NAME change` for each object.
    pub async fn apply(&self, text: impl Into<String>) -> Result<Vec<String>, TaskError> {
        Ok(words(&self.apply_with(text, self.request()).await?))
    }

    pub async fn apply_with(&self, text: impl Into<String>, request: ApplyRequest) -> Result<Vec<Applied>, TaskError> {
        finish(self.step.apply(text.into(), request).await?).await
    }

    pub async fn get(&self, kind: &str, name: &str) -> Option<Value> {
        self.step.get(&self.target(kind, name)).await.unwrap()
    }

    pub async fn wait(&self, kind: &str, name: &str, condition: Condition, seconds: u64) -> Result<Vec<Progress>, TaskError> {
        finish(self.step.wait(&self.target(kind, name), condition, Duration::from_secs(seconds)).await?).await
    }

    pub async fn delete(&self, kind: &str, name: &str) -> Result<bool, TaskError> {
        self.step.delete(&self.target(kind, name), &DeleteRequest::default()).await
    }

    /// A cluster-wide object that goes with this world.
    pub fn made(&self, path: &str) {
        self.made.lock().unwrap().push(path.to_owned());
    }

    /// What the gate told: `kind action summary`.
    pub fn told(&self) -> Vec<String> {
        let events = self.events.lock().unwrap();
        let of = |event: &Event| match event {
            Event::StepEffect { kind, action, summary, .. } => {
                Some(format!("{kind} {} {summary}", serde_json::to_value(action).unwrap().as_str().unwrap()))
            }
            _ => None,
        };
        events.iter().filter_map(of).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let (namespace, made) = (self.namespace.clone(), std::mem::take(&mut *self.made.lock().unwrap()));
        let clean = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let Ok((admin, _)) = connect(Mode::Run, everything(), kubeconfig()).await else { return };
                for path in made.iter().chain([&format!("Namespace/{namespace}")]) {
                    let (kind, name) = path.split_once('/').unwrap();
                    let target = Target { kind: kind.to_owned(), name: name.to_owned(), ..Target::default() };
                    let request = DeleteRequest { grace_period: Some(0), ..DeleteRequest::default() };
                    let _ = admin.delete(&target, &request).await;
                }
            });
        };
        let _ = std::thread::spawn(clean).join();
    }
}

pub fn words(all: &[Applied]) -> Vec<String> {
    let word = |change: Change| format!("{change:?}").to_lowercase();
    all.iter().map(|one| format!("{}/{} {}", one.kind, one.name, word(one.change))).collect()
}

/// A Deployment whose pods run a script of busybox.
pub fn deployment(name: &str, replicas: u32, script: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": name },
        "spec": {
            "replicas": replicas, "selector": { "matchLabels": { "app": name } },
            "template": { "metadata": { "labels": { "app": name } }, "spec": pod_spec(script) },
        },
    })
}

pub fn pod_spec(script: &str) -> Value {
    json!({ "terminationGracePeriodSeconds": 1, "containers": [{ "name": "main", "image": BUSYBOX, "command": ["sh", "-c", script] }] })
}

pub fn pod(name: &str, script: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "labels": { "app": name } }, "spec": pod_spec(script) })
}

pub fn config_map(name: &str, value: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name }, "data": { "key": value } })
}

pub const FOREVER: &str = "trap 'exit 0' TERM; while true; do sleep 0.2; done";
