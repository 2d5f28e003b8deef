use crate::engine::{compatibility, on_demand, pooling};
use crate::ticker::Ticker;
use crate::trap::explain;
use crate::{CodeCache, Component, Contract, Limited, LoadError, SandboxError};
use infra_event::{Digest, ErrorCode, TaskError};
use std::collections::HashMap;
use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use wasmtime::component::Component as Compiled;
use wasmtime::{AsContextMut as _, Engine, Store};

/// How instances are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// One by one: starts fastest.
    OnDemand,
    /// From a pool: each costs least.
    Pooling,
}

/// What became of a digest: filled once, by the first who asks.
type Slot = Arc<OnceLock<Result<Component, LoadError>>>;

/// Runs components. One for a run.
pub struct Sandbox {
    engine: Engine,
    compatibility: u64,
    contract: Contract,
    cache: Option<CodeCache>,
    loaded: Mutex<HashMap<Digest, Slot>>,
    ticker: Ticker,
}

impl Sandbox {
    /// Starts an engine.
    ///
    /// # Errors
    /// When the engine does not start.
    pub fn new(allocation: Allocation, contract: Contract, cache: Option<CodeCache>) -> Result<Self, SandboxError> {
        let engine = match allocation {
            Allocation::OnDemand => on_demand()?,
            Allocation::Pooling => pooling().or_else(|_| on_demand())?,
        };
        let ticker = Ticker::new(vec![engine.weak()]).map_err(|error| SandboxError::Engine(error.to_string()))?;
        Ok(Self { compatibility: compatibility(&engine), engine, contract, cache, loaded: Mutex::default(), ticker })
    }

    /// The engine, for linkers.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The component with this digest. Its bytes are asked for, checked and compiled only where no compiled code is kept; once for a
    /// digest, however many ask at once. It blocks: call it where blocking is allowed.
    ///
    /// # Errors
    /// When it is not a task, or not for this runner.
    pub fn load(&self, digest: Digest, bytes: impl FnOnce() -> Result<Vec<u8>, LoadError>) -> Result<Component, LoadError> {
        let slot = {
            let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(loaded.entry(digest).or_default())
        };
        let component = slot.get_or_init(|| self.load_once(digest, bytes)).clone();
        if component.is_err() {
            // Those who waited get the same answer; who asks later asks again.
            let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
            if loaded.get(&digest).is_some_and(|kept| Arc::ptr_eq(kept, &slot)) {
                loaded.remove(&digest);
            }
        }
        component
    }

    fn load_once(&self, digest: Digest, bytes: impl FnOnce() -> Result<Vec<u8>, LoadError>) -> Result<Component, LoadError> {
        if let Some(file) = self.cache.as_ref().and_then(|cache| cache.find(digest, self.compatibility))
            && let Some(compiled) = self.map(&file)
        {
            return Ok(Component::new(digest, compiled));
        }
        let bytes = bytes()?;
        self.contract.check(&bytes)?;
        let compiled = Compiled::from_binary(&self.engine, &bytes).map_err(|error| refused(&error))?;
        if let Some(cache) = &self.cache
            && let Ok(code) = compiled.serialize()
        {
            // Not kept is compiled again.
            let _ = cache.keep(digest, self.compatibility, &code);
        }
        Ok(Component::new(digest, compiled))
    }

    #[expect(unsafe_code, reason = "compiled code is mapped, not compiled again")]
    fn map(&self, file: &File) -> Option<Compiled> {
        // The descriptor's own name: what is mapped is the very file that was authenticated.
        let path = format!("/dev/fd/{}", file.as_raw_fd());
        // SAFETY: the code was made by this version of wasmtime with these settings, which the file's name and its authentication
        // code say, and the file is not changed while it is mapped: it lies in a directory that only this user can write to, where files are
        // replaced by renaming, never written in place.
        unsafe { Compiled::deserialize_file(&self.engine, path) }.ok()
    }

    /// A store that holds its guest to its limits.
    pub fn store<T: Limited + Send + 'static>(&self, data: T) -> Store<T> {
        let mut store = Store::new(&self.engine, data);
        let message = usize::try_from(store.data_mut().limiter().limits().message).unwrap_or(usize::MAX);
        store.limiter(|data| data.limiter());
        store.as_context_mut().set_hostcall_fuel(message);
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        store
    }

    /// Awaits a guest. When time is up or the step is cancelled, the guest is dropped where it stands, with the host call that it waits for.
    ///
    /// # Errors
    /// `timeout`, `cancelled`; `limit` and `trap` with what the guest did.
    pub async fn run<R>(
        &self,
        guest: impl Future<Output = wasmtime::Result<R>>,
        time_limit: Option<Duration>,
        cancel: &CancellationToken,
    ) -> Result<wasmtime::Result<R>, TaskError> {
        let _ticking = self.ticker.start();
        let limit = async {
            match time_limit {
                Some(limit) => tokio::time::sleep(limit).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            result = guest => Ok(result),
            () = cancel.cancelled() => Err(TaskError::new(ErrorCode::CANCELLED, "the step was cancelled")),
            () = limit => {
                let seconds = time_limit.unwrap_or_default().as_secs_f64();
                Err(TaskError::new(ErrorCode::TIMEOUT, format!("the task did not end within {seconds} s")).hint("raise `timeout`, or look at the last log lines"))
            }
        }
    }

    /// What a guest's trap means, in words for people.
    pub fn explain<T: Limited>(&self, store: &mut Store<T>, error: &wasmtime::Error) -> TaskError {
        explain(store.data_mut().limiter(), error)
    }
}

/// Why the compiler refused a component. A pool refuses at once what it could never hold.
fn refused(error: &wasmtime::Error) -> LoadError {
    let text = format!("{error:#}");
    if text.contains("pooling allocator") || text.contains("exceeds the configured maximum") {
        LoadError::TooLarge(text)
    } else {
        LoadError::Compile(text)
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}
