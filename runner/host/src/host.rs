use crate::bindings::{TaskIndices, TaskPre};
use crate::error_conversion::task_error;
use crate::{State, World};
use infra_effect::{Grants, Trace};
use infra_event::{Digest, ErrorCode, Invocation, Mode, TaskError};
use infra_gate::{EventSink, Gate, GateConfig, Masker, Policy, StepGate};
use infra_sandbox::{Component, Contract, LoadError, Sandbox};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use wasmtime::component::{HasSelf, Linker};

/// What a component must look like to be a task.
pub const CONTRACT: Contract = Contract { package: "infra:task", version: "0.1.0", exports: &["requires", "run"] };

/// The longest that `requires` may take: it only computes.
const REQUIRES: Duration = Duration::from_secs(5);

/// Runs components with the host functions. One for a run; cheap to clone.
#[derive(Clone)]
pub struct Host(Arc<Shared>);

struct Shared {
    sandbox: Arc<Sandbox>,
    world: Arc<World>,
    /// WASI alone, which most components import.
    wasi: OnceLock<Linker<State>>,
    ready: Mutex<HashMap<Digest, TaskPre<State>>>,
    /// What components answered to `requires`: nothing but the component and its arguments decides, since `requires` reaches nothing else.
    required: Mutex<HashMap<(Digest, String), Grants>>,
}

/// One attempt of a step.
pub struct Call {
    /// What runs, with what.
    pub invocation: Invocation,
    /// What it may do; the parsed form of the invocation's grants.
    pub grants: Arc<Grants>,
    /// The longest that it may take.
    pub time_limit: Option<Duration>,
    /// Drops it where it stands.
    pub cancel: CancellationToken,
    /// Where its events go.
    pub events: EventSink,
}

/// What became of an attempt.
#[derive(Debug)]
pub struct Finished {
    /// The task's output.
    pub result: Result<Json, TaskError>,
    /// Whether it performed any write; in a plan, whether it would.
    pub changed: bool,
}

impl Host {
    /// Nothing is linked yet: a component gets the interfaces that it imports.
    #[must_use]
    pub fn new(sandbox: Arc<Sandbox>, world: Arc<World>) -> Self {
        let (wasi, ready, required) = (OnceLock::new(), Mutex::default(), Mutex::default());
        Self(Arc::new(Shared { sandbox, world, wasi, ready, required }))
    }

    /// What all steps share.
    #[must_use]
    pub fn world(&self) -> &Arc<World> {
        &self.0.world
    }

    /// The engine's room.
    #[must_use]
    pub fn sandbox(&self) -> &Arc<Sandbox> {
        &self.0.sandbox
    }

    /// Asks a task for the grants that a call needs. Nothing of the contract can be reached meanwhile: each import traps. WASI stays, with
    /// nothing in it, because languages seed their hash tables through it.
    ///
    /// # Errors
    /// The task's own, or what it did wrong.
    pub async fn requires(&self, component: &Component, invocation: Invocation) -> Result<Grants, TaskError> {
        let args = invocation.args.to_string();
        let key = (component.digest(), args);
        if let Some(grants) = self.required().get(&key) {
            return Ok(grants.clone());
        }
        let grants = self.ask(component, invocation, &key.1).await?;
        self.required().insert(key, grants.clone());
        Ok(grants)
    }

    fn required(&self) -> MutexGuard<'_, HashMap<(Digest, String), Grants>> {
        self.0.required.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, component: &Component, invocation: Invocation, args: &String) -> Result<Grants, TaskError> {
        let gate = Gate::new(GateConfig {
            mode: Mode::Plan,
            policy: Policy::of(Grants::default()),
            journal: None,
            masker: Masker::default(),
        });
        let gate = gate.step(invocation.step, Arc::default(), Arc::new(|_| {}));
        let mut store = self.0.sandbox.store(State::new(Arc::clone(&self.0.world), gate, Arc::new(invocation)));
        let sandbox = &self.0.sandbox;
        let answer = {
            let guest = async {
                let imported = interfaces(component);
                let mut linker = self.base(&imported)?;
                // Resources are there as they are in `run`; of functions only traps.
                link(&mut linker, &imported)?;
                set_traps(&mut linker, component.compiled())?;
                let pre = linker.instantiate_pre(component.compiled())?;
                let instance = pre.instantiate_async(&mut store).await?;
                let task = TaskIndices::new(&pre)?.load(&mut store, &instance)?;
                task.call_requires(&mut store, args).await
            };
            sandbox.run(guest, Some(REQUIRES), &CancellationToken::new()).await?
        };
        match answer {
            Ok(Ok(json)) => table_of_grants(&json).map_err(|error| {
                TaskError::new(ErrorCode::COMPONENT, format!("what `requires` returns is not a table of grants: {error}"))
                    .hint("it is a defect of the task; the SDK's `Grants` makes the right form")
            }),
            Ok(Err(error)) => Err(task_error(error)),
            Err(error) => Err(self.explain(&mut store, &error)),
        }
    }

    /// Runs one attempt. However it ends, everything that it left half-done is settled when this returns.
    pub async fn run(&self, component: &Component, call: Call, gate: &Gate) -> Finished {
        self.0.world.secrets.name_in(gate.masker());
        let grants = Arc::new(self.0.world.at_home(&call.grants));
        let step = gate.step(call.invocation.step, grants, Arc::clone(&call.events));
        let result = without_secrets(self.attempt(component, call, &step, None).await, gate.masker());
        step.settle().await;
        Finished { result, changed: step.writes() > 0 }
    }

    /// As [`Host::run`], and tells what the component asked of the world. With a seed its clock stands, and its random numbers come from the
    /// seed: the result depends on what is known alone.
    pub async fn run_traced(&self, component: &Component, call: Call, gate: &Gate, seed: Option<Digest>) -> (Finished, Trace) {
        let grants = Arc::new(self.0.world.at_home(&call.grants));
        let step = gate.traced_step(call.invocation.step, grants, Arc::clone(&call.events));
        let result = without_secrets(self.attempt(component, call, &step, seed).await, gate.masker());
        step.settle().await;
        (Finished { result, changed: step.writes() > 0 }, step.take_trace())
    }

    async fn attempt(
        &self,
        component: &Component,
        call: Call,
        step: &Arc<StepGate>,
        seed: Option<Digest>,
    ) -> Result<Json, TaskError> {
        let pre = self.pre(component)?;
        let args = call.invocation.args.to_string();
        let mut state = State::new(Arc::clone(&self.0.world), Arc::clone(step), Arc::new(call.invocation));
        if let Some(seed) = seed {
            state.freeze(seed);
        }
        let mut store = self.0.sandbox.store(state);
        let answer = {
            let guest = async {
                let task = pre.instantiate_async(&mut store).await?;
                task.call_run(&mut store, &args).await
            };
            // A guest that is dropped here drops the host call that it waits for; its handles go with the store.
            self.0.sandbox.run(guest, call.time_limit, &call.cancel).await?
        };
        match answer {
            Ok(Ok(json)) => serde_json::from_str(&json).map_err(|error| {
                TaskError::new(ErrorCode::COMPONENT, format!("the task's result is not JSON: {error}"))
                    .hint("it is a defect of the task")
            }),
            Ok(Err(error)) => Err(task_error(error)),
            Err(error) => Err(self.explain(&mut store, &error)),
        }
    }

    fn explain(&self, store: &mut wasmtime::Store<State>, error: &wasmtime::Error) -> TaskError {
        if let Some(wasmtime_wasi::I32Exit(code)) = error.downcast_ref() {
            return TaskError::new(
                ErrorCode::TRAP,
                format!("the component called `exit` with {code} instead of returning a result"),
            )
            .hint("it is a defect of the task: return an error");
        }
        self.0.sandbox.explain(store, error)
    }

    /// A linker with WASI, where one of these interfaces is of it.
    fn base(&self, imported: &[String]) -> wasmtime::Result<Linker<State>> {
        let engine = self.0.sandbox.engine();
        if !imported.iter().any(|interface| interface.starts_with("wasi:")) {
            return Ok(Linker::new(engine));
        }
        if let Some(wasi) = self.0.wasi.get() {
            return Ok(wasi.clone());
        }
        let mut linker = Linker::new(engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        Ok(self.0.wasi.get_or_init(|| linker).clone())
    }

    fn link(&self, component: &Component) -> wasmtime::Result<TaskPre<State>> {
        let imported = interfaces(component);
        let mut linker = self.base(&imported)?;
        link(&mut linker, &imported)?;
        TaskPre::new(linker.instantiate_pre(component.compiled())?)
    }

    /// Linked once for a component, however often it runs.
    fn pre(&self, component: &Component) -> Result<TaskPre<State>, TaskError> {
        let mut ready = self.0.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pre) = ready.get(&component.digest()) {
            return Ok(pre.clone());
        }
        let pre = self.link(component).map_err(|error| {
            let text = format!("{error:#}");
            TaskError::from(if text.starts_with("component imports ") {
                LoadError::Import(text)
            } else {
                LoadError::Compile(text)
            })
        })?;
        ready.insert(component.digest(), pre.clone());
        Ok(pre)
    }
}

/// The interfaces that a component imports.
fn interfaces(component: &Component) -> Vec<String> {
    let compiled = component.compiled();
    compiled.component_type().imports(compiled.engine()).map(|(name, _)| name.to_owned()).collect()
}

/// A list would be taken for the table's values in their order.
fn table_of_grants(json: &str) -> serde_json::Result<Grants> {
    let table: serde_json::Map<String, Json> = serde_json::from_str(json)?;
    serde_json::from_value(Json::Object(table))
}

/// What a task says of itself goes to people and into the journal.
fn without_secrets(result: Result<Json, TaskError>, masker: &Masker) -> Result<Json, TaskError> {
    match result {
        Ok(output) => Ok(masker.mask_json(output)),
        Err(error) => Err(TaskError {
            code: masker.mask(&error.code).into_owned(),
            message: masker.mask(&error.message).into_owned(),
            hint: error.hint.map(|hint| masker.mask(&hint).into_owned()),
            retryable: error.retryable,
            details: error.details.map(|details| masker.mask_json(details)),
        }),
    }
}

/// Puts a trap in the place of each function of the contract that the component imports. `define_unknown_imports_as_traps` cannot do it: it
/// takes a WASI interface of another patch version for unknown.
fn set_traps(linker: &mut Linker<State>, component: &wasmtime::component::Component) -> wasmtime::Result<()> {
    use wasmtime::component::types::ComponentItem;
    linker.allow_shadowing(true);
    for (interface, item) in component.component_type().imports(component.engine()) {
        let ComponentItem::ComponentInstance(instance) = item.ty else { continue };
        // Nothing stands in for what the runner lacks: it must be missed here as it is in `run`.
        if !interface.strip_prefix(CONTRACT.package).is_some_and(|rest| rest.starts_with('/')) {
            continue;
        }
        let mut stubs = linker.instance(interface)?;
        for (name, item) in instance.exports(component.engine()) {
            if matches!(item.ty, ComponentItem::ComponentFunc(_)) {
                let function = format!("{interface}#{name}");
                stubs.func_new(name, move |_, _, _, _| Err(wasmtime::format_err!("`requires` may not call `{function}`")))?;
            }
        }
    }
    Ok(())
}

/// Links those interfaces of the contract that are imported.
fn link(linker: &mut Linker<State>, imported: &[String]) -> wasmtime::Result<()> {
    use crate::bindings::infra::task::{context, docker, files, http, kubernetes, pipe, process, secrets, types, ui};
    type Add = fn(&mut Linker<State>) -> wasmtime::Result<()>;
    let contract: &[(&str, Add)] = &[
        ("types", |linker| types::add_to_linker::<State, HasSelf<State>>(linker, |state| state)),
        ("context", |linker| context::add_to_linker::<State, HasSelf<State>>(linker, |state| state)),
        ("ui", |linker| ui::add_to_linker::<State, HasSelf<State>>(linker, |state| state)),
        ("process", |linker| process::add_to_linker::<State, HasSelf<State>>(linker, |state| state)),
        ("files", |linker| files::add_to_linker::<State, HasSelf<State>>(linker, |state| state)),
        ("pipe", |linker| pipe::add_to_linker::<State, HasSelf<State>>(linker, |state| state)),
        ("docker", |linker| docker::add_to_linker::<State, HasSelf<State>>(linker, |state| state)),
        ("http", |linker| http::add_to_linker::<State, HasSelf<State>>(linker, |state| state)),
        ("secrets", |linker| secrets::add_to_linker::<State, HasSelf<State>>(linker, |state| state)),
        ("kubernetes", |linker| kubernetes::add_to_linker::<State, HasSelf<State>>(linker, |state| state)),
    ];
    // An interface of another version is linked too where it is compatible: wasmtime decides that.
    let names = |interface: &str, name: &str| {
        let rest = interface.strip_prefix(CONTRACT.package).and_then(|rest| rest.strip_prefix('/'));
        rest.is_some_and(|rest| rest.split('@').next() == Some(name))
    };
    let wanted = contract.iter().filter(|(name, _)| imported.iter().any(|interface| names(interface, name)));
    wanted.into_iter().try_for_each(|(_, add)| add(linker))
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}
