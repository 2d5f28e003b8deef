//! Where the guests of these tests appear.

use infra_event::{Digest, Limits, TaskError};
use infra_sandbox::{Allocation, CodeCache, Component, Contract, Limited, Limiter, LoadError, Sandbox};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, Lift, Linker};

pub const CONTRACT: Contract = Contract { package: "infra:task", version: "0.1.0", exports: &["run"] };

/// More than any test needs, so that a test never hangs.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct State(Limiter);

impl Limited for State {
    fn limiter(&mut self) -> &mut Limiter {
        &mut self.0
    }
}

/// A sandbox, and what the next guest is held to.
pub struct Stage {
    pub sandbox: Arc<Sandbox>,
    pub limits: Limits,
    pub time: Duration,
    pub cancel: CancellationToken,
}

pub const BOTH: [Allocation; 2] = [Allocation::OnDemand, Allocation::Pooling];

pub fn sandbox(allocation: Allocation, cache: Option<CodeCache>) -> Sandbox {
    Sandbox::new(allocation, CONTRACT, cache).unwrap()
}

pub fn stage(allocation: Allocation) -> Stage {
    Stage {
        sandbox: Arc::new(sandbox(allocation, None)),
        limits: Limits::default(),
        time: PATIENCE,
        cancel: CancellationToken::new(),
    }
}

/// A component of one module, whose `run` is lifted with this type and these options.
pub fn guest(module: &str, lift: &str) -> Vec<u8> {
    wat::parse_str(format!(
        "(component
            (core module $m {module})
            (core instance $i (instantiate $m))
            (func (export \"run\") {lift}))"
    ))
    .unwrap()
}

/// The same, where `run` takes and returns nothing.
pub fn plain(module: &str) -> Vec<u8> {
    guest(module, "(canon lift (core func $i \"run\"))")
}

pub fn quiet() -> Vec<u8> {
    plain("(func (export \"run\"))")
}

pub fn load(sandbox: &Sandbox, bytes: &[u8]) -> Result<Component, LoadError> {
    sandbox.load(Digest::of(bytes), || Ok(bytes.to_vec()))
}

/// Loads compiled code, and says whether the bytes were asked for.
pub fn asks(sandbox: &Sandbox, bytes: &[u8]) -> bool {
    let asked = AtomicBool::new(false);
    let loaded = sandbox.load(Digest::of(bytes), || {
        asked.store(true, Ordering::Relaxed);
        Ok(bytes.to_vec())
    });
    loaded.unwrap();
    asked.into_inner()
}

impl Stage {
    /// Runs a guest to its end, one way or the other.
    pub async fn run<R>(&self, bytes: &[u8]) -> Result<R, TaskError>
    where
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let component = load(&self.sandbox, bytes)?;
        let mut linker = Linker::<State>::new(self.sandbox.engine());
        linker.root().func_wrap("tick", |mut store, ()| store.data_mut().limiter().count_host_call()).unwrap();
        let mut store = self.sandbox.store(State(Limiter::new(self.limits)));
        let guest = async {
            let instance = linker.instantiate_async(&mut store, component.compiled()).await?;
            let run = instance.get_typed_func::<(), R>(&mut store, "run")?;
            run.call_async(&mut store, ()).await
        };
        let result = self.sandbox.run(guest, Some(self.time), &self.cancel).await?;
        result.map_err(|error| self.sandbox.explain(&mut store, &error))
    }

    /// An instance that stays.
    pub async fn hold(&self, bytes: &[u8]) -> Result<Store<State>, TaskError> {
        let component = load(&self.sandbox, bytes)?;
        let linker = Linker::<State>::new(self.sandbox.engine());
        let mut store = self.sandbox.store(State(Limiter::new(self.limits)));
        match linker.instantiate_async(&mut store, component.compiled()).await {
            Ok(_) => Ok(store),
            Err(error) => Err(self.sandbox.explain(&mut store, &error)),
        }
    }

    /// The error of a guest that must fail.
    pub async fn fails(&self, bytes: &[u8]) -> TaskError {
        match self.run::<()>(bytes).await {
            Err(error) => error,
            Ok(()) => TaskError::new("none", "it did not fail"),
        }
    }
}
